"""The e-license register: types, licenses, holders, status lists, one-time codes, events."""

from alembic import op

revision = "0003"
down_revision = "0002"

LICENSES = """
CREATE TABLE license_type (
    id varchar(100) NOT NULL,
    version integer NOT NULL,
    body jsonb NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_license_type PRIMARY KEY (id, version)
);
CREATE TRIGGER register_changed AFTER INSERT OR UPDATE OR DELETE ON license_type
    FOR EACH STATEMENT EXECUTE FUNCTION register_changed();

-- A list holds 2^20 indexes; they are given out in an order that only the secret tells, each once.
CREATE TABLE status_list (
    list integer CONSTRAINT pk_status_list PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    agency varchar(18) NOT NULL CONSTRAINT fk_status_list_agency REFERENCES agency (uscc),
    size integer NOT NULL,
    used integer NOT NULL DEFAULT 0,
    secret bytea NOT NULL,
    changes bigint NOT NULL DEFAULT 0
);
CREATE INDEX ix_status_list_agency ON status_list (agency);
CREATE TABLE status_publication (
    list integer NOT NULL CONSTRAINT fk_status_publication_list REFERENCES status_list (list),
    issued_at timestamptz NOT NULL,
    changes bigint NOT NULL,
    jwt text NOT NULL,
    cwt bytea NOT NULL,
    CONSTRAINT pk_status_publication PRIMARY KEY (list, issued_at)
);

CREATE SEQUENCE license_serial;
CREATE TABLE license (
    identifier varchar(128) CONSTRAINT pk_license PRIMARY KEY,
    type varchar(100) NOT NULL,
    type_version integer NOT NULL,
    number varchar(100) NOT NULL,
    issuer varchar(18) NOT NULL,
    request varchar(100) NOT NULL,
    version integer NOT NULL,
    holders jsonb NOT NULL,
    fields jsonb NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    issued_at timestamptz NOT NULL,
    state varchar(20) NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    status_list integer NOT NULL,
    status_index integer NOT NULL,
    envelope text NOT NULL,
    digest varchar(64) NOT NULL,
    entry bigint NOT NULL,
    receipt text NOT NULL,
    prior varchar(64) NOT NULL DEFAULT '',
    changed_at timestamptz,
    why varchar(200) NOT NULL DEFAULT '',
    flag varchar(200) NOT NULL DEFAULT '',
    annotation jsonb NOT NULL DEFAULT '{}',
    facts jsonb NOT NULL DEFAULT '[]',
    photo bytea NOT NULL DEFAULT '',
    envelope_sha256 varchar(64) NOT NULL,
    photo_sha256 varchar(64) NOT NULL
);
CREATE UNIQUE INDEX uq_license_request ON license (issuer, type, request);
CREATE UNIQUE INDEX uq_license_number ON license (issuer, type, number, version);
CREATE INDEX ix_license_status ON license (status_list) WHERE state NOT IN ('valid', 'expired');
CREATE INDEX ix_license_valid_to ON license (valid_to) WHERE state IN ('valid', 'suspended');
CREATE INDEX ix_license_digest ON license (digest);
CREATE TABLE license_holder (
    identifier varchar(128) NOT NULL,
    type varchar(100) NOT NULL,
    kind varchar(3) NOT NULL,
    code varchar(64) NOT NULL
);
CREATE INDEX ix_license_holder_code ON license_holder (code, type);

-- The outbox: an event bears the index of its ledger entry, so events are in the order in which they were committed.
CREATE TABLE license_event (
    index bigint CONSTRAINT pk_license_event PRIMARY KEY,
    identifier varchar(128) NOT NULL,
    type varchar(100) NOT NULL,
    issuer varchar(18) NOT NULL,
    event varchar(20) NOT NULL,
    state varchar(20) NOT NULL,
    revision integer NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX ix_license_event_identifier ON license_event (identifier, index);

-- Codes that work once, known only by digest: a presentation, or a download.
CREATE TABLE license_code (
    digest bytea CONSTRAINT pk_license_code PRIMARY KEY,
    use varchar(20) NOT NULL,
    identifiers varchar(128)[] NOT NULL,
    purpose varchar(200) NOT NULL,
    made_by varchar(100) NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by varchar(100)
);
CREATE INDEX ix_license_code_expires_at ON license_code (expires_at);

CREATE FUNCTION license_event_added() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('yici_license_event', ''); RETURN NULL; END $$;
CREATE TRIGGER license_event_added AFTER INSERT ON license_event
    FOR EACH STATEMENT EXECUTE FUNCTION license_event_added()
"""


def upgrade() -> None:
    for statement in filter(str.strip, LICENSES.split(";\n")):
        op.execute(statement)
