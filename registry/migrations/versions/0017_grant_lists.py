"""Lists of grants by agency and by dataset, a page at a time."""

from alembic import op

from registry.schema import before

revision = "0017"
down_revision = before(__file__)


def upgrade() -> None:
    for column in ("agency", "dataset"):
        op.execute(f"CREATE INDEX ix_access_grant_{column} ON access_grant ({column}, id)")
