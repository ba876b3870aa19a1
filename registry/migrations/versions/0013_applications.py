"""Applications for data of other agencies."""

from alembic import op

from registry.schema import before

revision = "0013"
down_revision = before(__file__)

STATEMENTS = """
CREATE TABLE application (
    id varchar(40) CONSTRAINT pk_application PRIMARY KEY,
    state varchar(20) NOT NULL,
    agency varchar(18) NOT NULL CONSTRAINT fk_application_agency REFERENCES agency (uscc),
    source varchar(18) NOT NULL CONSTRAINT fk_application_source REFERENCES agency (uscc),
    dataset varchar(100) NOT NULL,
    matter varchar(100) NOT NULL,
    proposed_by varchar(100) NOT NULL,
    body jsonb NOT NULL,
    waits_for varchar(18),
    waits_duty varchar(20),
    waits_since timestamptz,
    due_at timestamptz,
    claimed_by varchar(100),
    escalated_at timestamptz,
    since timestamptz NOT NULL DEFAULT now(),
    revision integer NOT NULL DEFAULT 1
);
CREATE INDEX ix_application_waits ON application (waits_duty, waits_for, waits_since) WHERE waits_duty IS NOT NULL;
CREATE INDEX ix_application_agency ON application (agency, id);
CREATE INDEX ix_application_source ON application (source, id)
"""


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";\n")):
        op.execute(statement)
