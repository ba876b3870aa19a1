"""Places on status lists in events of licenses; at most one event of a license is its issue."""

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS = """
ALTER TABLE license_event ADD COLUMN status_list integer, ADD COLUMN status_index integer;
UPDATE license_event v SET status_list = l.status_list, status_index = l.status_index FROM license l
WHERE l.identifier = v.identifier;
UPDATE license_event v SET at = e.at FROM ledger_entry e WHERE e.index = v.index;
DROP INDEX ix_license_event_ended;
CREATE UNIQUE INDEX uq_license_event_issued ON license_event (identifier) WHERE event = 'ISSUED';
CREATE INDEX ix_license_event_changed ON license_event (status_list, identifier) WHERE event <> 'ISSUED';
CREATE INDEX ix_license_valid ON license (status_list, type) WHERE state IN ('valid', 'expired')
"""


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";\n")):
        op.execute(statement)
