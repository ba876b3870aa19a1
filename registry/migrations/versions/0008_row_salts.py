"""Keep the salt of a personal row's digest beside its entry, apart from the opening."""

from alembic import op

from keys.leaf.commitments import OPENED_SALTS

revision = "0008"
down_revision = "0007"

STATEMENTS = f"""
ALTER TABLE register_entry ADD COLUMN salt bytea;
ALTER TABLE license_event ADD COLUMN salt bytea;
CREATE INDEX ix_register_entry_index ON register_entry (index);
UPDATE register_entry r SET salt = substr(o.salts, {OPENED_SALTS + 1}) FROM ledger_opening o
WHERE o.index = r.index AND length(o.salts) > {OPENED_SALTS};
UPDATE license_event v SET salt = substr(o.salts, {OPENED_SALTS + 1}) FROM ledger_opening o
WHERE o.index = v.index AND length(o.salts) > {OPENED_SALTS};
UPDATE ledger_opening SET salts = substr(salts, 1, {OPENED_SALTS}) WHERE length(salts) > {OPENED_SALTS}
"""


def upgrade() -> None:
    for statement in filter(str.strip, STATEMENTS.split(";\n")):
        op.execute(statement)
