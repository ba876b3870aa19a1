"""Versions of register rows, which the ledger's entries name."""

from alembic import op

revision = "0006"
down_revision = "0005"

_TABLES = ("agency", "system", "certificate", "access_grant", "seal_rule", "ledger_key")


def upgrade() -> None:
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} ADD COLUMN revision integer NOT NULL DEFAULT 1")


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN revision")
