"""People, states of agencies, the agency of a system's certificate, and events for agencies."""

from alembic import op

from registry.schema import before

revision = "0010"
down_revision = before(__file__)

STATEMENTS = """
ALTER TABLE agency ADD COLUMN state varchar(20) NOT NULL DEFAULT 'active';
ALTER TABLE certificate ADD COLUMN agency varchar(18);
UPDATE certificate c SET agency = s.agency FROM system s WHERE c.use = 'system' AND s.id = c.holder;
CREATE TABLE person (
    id varchar(100) CONSTRAINT pk_person PRIMARY KEY,
    agency varchar(18) NOT NULL CONSTRAINT fk_person_agency REFERENCES agency (uscc),
    number varchar(40) NOT NULL,
    name varchar(100) NOT NULL,
    duties varchar[] NOT NULL,
    state varchar(20) NOT NULL,
    identity bytea,
    issuer varchar(200),
    subject varchar(200),
    deputy varchar(100),
    deputy_from timestamptz,
    deputy_to timestamptz,
    since timestamptz NOT NULL DEFAULT now(),
    revision integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX uq_person_number ON person (agency, number);
CREATE UNIQUE INDEX uq_person_subject ON person (issuer, subject);
CREATE UNIQUE INDEX uq_person_identity ON person (identity) WHERE state <> 'left';
CREATE TRIGGER register_changed AFTER INSERT OR UPDATE OR DELETE ON person
FOR EACH STATEMENT EXECUTE FUNCTION register_changed();
-- Which agencies get a notice of which entry, and whether they fetched it. Made of the leaves.
CREATE TABLE event (
    index bigint NOT NULL,
    agency varchar(18) NOT NULL,
    register varchar(20) NOT NULL,
    object varchar(200) NOT NULL,
    kind varchar(100) NOT NULL,
    at timestamptz NOT NULL,
    fetched_at timestamptz,
    mailed_at timestamptz,
    CONSTRAINT pk_event PRIMARY KEY (index, agency)
);
CREATE INDEX ix_event_agency ON event (agency, index)
"""


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";\n")):
        op.execute(statement)
