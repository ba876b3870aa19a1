"""An index of the subjects of entries by range, used by the verification of the ledger."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    # Rows are inserted in the order of entries, so a block range index finds them at little cost for appends.
    op.execute("CREATE INDEX ix_ledger_subject_index ON ledger_subject USING brin (index) WITH (autosummarize = on)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_ledger_subject_index")
