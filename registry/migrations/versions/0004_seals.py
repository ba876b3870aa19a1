"""The registers of e-seals, rules of use, and e-documents."""

from alembic import op

revision = "0004"
down_revision = "0003"

SEALS = """
CREATE SEQUENCE seal_serial;
ALTER TABLE seal
    ALTER COLUMN key_name DROP NOT NULL,
    ALTER COLUMN certificate DROP NOT NULL,
    ADD COLUMN kind varchar(20) NOT NULL DEFAULT 'exchange',
    ADD COLUMN revision integer NOT NULL DEFAULT 1,
    ADD COLUMN holder varchar(40) NOT NULL DEFAULT '',
    ADD COLUMN custodian varchar(40) NOT NULL DEFAULT '',
    ADD COLUMN years integer NOT NULL DEFAULT 3,
    ADD COLUMN applied_by varchar(200) NOT NULL DEFAULT '',
    ADD COLUMN approved_by varchar(200) NOT NULL DEFAULT '',
    ADD COLUMN made_by varchar(200) NOT NULL DEFAULT '',
    ADD COLUMN why varchar(200) NOT NULL DEFAULT '',
    ADD COLUMN changed_at timestamptz,
    ADD COLUMN valid_from timestamptz,
    ADD COLUMN valid_to timestamptz,
    ADD COLUMN national_key_name varchar(100),
    ADD COLUMN national_certificate varchar(64)
        CONSTRAINT fk_seal_national_certificate REFERENCES certificate (fingerprint),
    ADD COLUMN eseal bytea,
    ADD COLUMN picture bytea;
CREATE INDEX ix_seal_agency ON seal (agency);
CREATE TABLE seal_rule (
    id varchar(100) CONSTRAINT pk_seal_rule PRIMARY KEY,
    seal varchar(100) NOT NULL CONSTRAINT fk_seal_rule_seal REFERENCES seal (id),
    body jsonb NOT NULL,
    state varchar(20) NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER register_changed AFTER INSERT OR UPDATE OR DELETE ON seal_rule
    FOR EACH STATEMENT EXECUTE FUNCTION register_changed();
CREATE TABLE seal_use (
    rule varchar(100) NOT NULL CONSTRAINT fk_seal_use_rule REFERENCES seal_rule (id),
    day date NOT NULL,
    used integer NOT NULL,
    CONSTRAINT pk_seal_use PRIMARY KEY (rule, day)
);

ALTER TABLE license_code ADD COLUMN basis jsonb NOT NULL DEFAULT '{}';
CREATE SEQUENCE document_serial;
CREATE TABLE document (
    id varchar(40) CONSTRAINT pk_document PRIMARY KEY,
    agency varchar(18) NOT NULL CONSTRAINT fk_document_agency REFERENCES agency (uscc),
    number varchar(100) NOT NULL,
    title varchar(200) NOT NULL,
    urgency varchar(20) NOT NULL,
    issued_on date NOT NULL,
    recipients varchar(18)[] NOT NULL,
    copies varchar(18)[] NOT NULL,
    state varchar(20) NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    manifest bytea NOT NULL,
    sealed_pdf bytea NOT NULL DEFAULT '',
    signature bytea NOT NULL DEFAULT '',
    receipt text NOT NULL DEFAULT '',
    seal varchar(100) NOT NULL DEFAULT '',
    why varchar(200) NOT NULL DEFAULT '',
    drafted_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX uq_document_number ON document (agency, number);
CREATE TABLE document_file (
    document varchar(40) NOT NULL CONSTRAINT fk_document_file_document REFERENCES document (id),
    position integer NOT NULL,
    name varchar(200) NOT NULL,
    media_type varchar(100) NOT NULL,
    data bytea NOT NULL,
    CONSTRAINT pk_document_file PRIMARY KEY (document, position)
);
CREATE TABLE document_delivery (
    document varchar(40) NOT NULL CONSTRAINT fk_document_delivery_document REFERENCES document (id),
    recipient varchar(18) NOT NULL CONSTRAINT fk_document_delivery_recipient REFERENCES agency (uscc),
    sent_at timestamptz NOT NULL,
    received_at timestamptz,
    acknowledged_at timestamptz,
    remark varchar(200) NOT NULL DEFAULT '',
    CONSTRAINT pk_document_delivery PRIMARY KEY (document, recipient)
);
CREATE INDEX ix_document_delivery_recipient ON document_delivery (recipient, document)
"""


def upgrade() -> None:
    for statement in filter(str.strip, SEALS.split(";\n")):
        op.execute(statement)
