"""Whom a range of entries concerns is found by range, so that verifying the ledger can look."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # Rows come in the order of their entries: a summary of each block range finds them, for next to nothing an append.
    op.execute("CREATE INDEX ix_ledger_subject_index ON ledger_subject USING brin (index) WITH (autosummarize = on)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_ledger_subject_index")
