"""Index of entries by the register's row that they change; one-time codes are rows of a register."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS = """
-- Which entries changed which row; those of licenses are in license_event. Made of the leaves, as search columns are.
CREATE TABLE register_entry (
    register varchar(20) NOT NULL,
    id varchar(200) NOT NULL,
    index bigint NOT NULL,
    CONSTRAINT pk_register_entry PRIMARY KEY (register, id, index)
);
CREATE INDEX ix_license_event_ended ON license_event (identifier) WHERE state NOT IN ('valid', 'expired');
ALTER TABLE license_code
    ALTER COLUMN digest TYPE varchar(64) USING encode(digest, 'hex'),
    ADD COLUMN revision integer NOT NULL DEFAULT 1
"""


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";\n")):
        op.execute(statement)
