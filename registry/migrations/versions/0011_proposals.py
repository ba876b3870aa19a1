"""Proposals: changes that await a second person."""

from alembic import op

from registry.schema import before

revision = "0011"
down_revision = before(__file__)

STATEMENTS = """
CREATE TABLE proposal (
    id varchar(40) CONSTRAINT pk_proposal PRIMARY KEY,
    kind varchar(40) NOT NULL,
    item varchar(100) NOT NULL,
    owner varchar(18) NOT NULL,
    agency varchar(18) NOT NULL,
    proposed_by varchar(100) NOT NULL,
    approvers varchar[] NOT NULL,
    base integer NOT NULL,
    body jsonb NOT NULL,
    apply_at timestamptz,
    state varchar(20) NOT NULL,
    waits_for varchar(18),
    waits_duty varchar(20),
    waits_since timestamptz,
    due_at timestamptz,
    claimed_by varchar(100),
    escalated_at timestamptz,
    since timestamptz NOT NULL DEFAULT now(),
    revision integer NOT NULL DEFAULT 1
);
CREATE INDEX ix_proposal_waits_for ON proposal (waits_for, waits_duty, waits_since) WHERE waits_for IS NOT NULL
"""


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";\n")):
        op.execute(statement)
