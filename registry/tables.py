"""SQLAlchemy tables of the registers, which migrations create; ledger and licenses use plain SQL."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _since() -> Column[object]:
    return Column("since", DateTime(timezone=True), nullable=False, server_default=func.now())


def _revision() -> Column[object]:
    return Column("revision", Integer, nullable=False, server_default="1")


def _waits() -> list[Column[Any]]:
    """Return the columns of a row that waits: for whom, since when, until when, and who claimed it."""
    return [
        Column("waits_for", String(18)),
        Column("waits_duty", String(20)),
        Column("waits_since", DateTime(timezone=True)),
        Column("due_at", DateTime(timezone=True)),
        Column("claimed_by", String(100)),
        Column("escalated_at", DateTime(timezone=True)),
    ]


agency = Table(
    "agency",
    metadata,
    Column("uscc", String(18), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("region", String(6), nullable=False),
    Column("state", String(20), nullable=False, server_default="active"),
    _since(),
    _revision(),
)

system = Table(
    "system",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("agency", ForeignKey("agency.uscc"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("duty", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    _since(),
    _revision(),
)

person = Table(
    "person",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("agency", ForeignKey("agency.uscc"), nullable=False),
    Column("number", String(40), nullable=False),
    Column("name", String(100), nullable=False),
    Column("duties", ARRAY(String), nullable=False),
    Column("state", String(20), nullable=False),
    Column("identity", LargeBinary),
    Column("issuer", String(200)),
    Column("subject", String(200)),
    Column("deputy", String(100)),
    Column("deputy_from", DateTime(timezone=True)),
    Column("deputy_to", DateTime(timezone=True)),
    _since(),
    _revision(),
    Index("uq_person_number", "agency", "number", unique=True),
    Index("uq_person_subject", "issuer", "subject", unique=True),
    Index("uq_person_identity", "identity", unique=True, postgresql_where=text("state <> 'left'")),
)

application = Table(
    "application",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("agency", ForeignKey("agency.uscc"), nullable=False),
    Column("source", ForeignKey("agency.uscc"), nullable=False),
    Column("dataset", String(100), nullable=False),
    Column("matter", String(100), nullable=False),
    Column("proposed_by", String(100), nullable=False),
    Column("body", JSONB, nullable=False),
    *_waits(),
    _since(),
    _revision(),
    Index(
        "ix_application_waits",
        "waits_duty",
        "waits_for",
        "waits_since",
        postgresql_where=text("waits_duty IS NOT NULL"),
    ),
    Index("ix_application_agency", "agency", "id"),
    Index("ix_application_source", "source", "id"),
)

certificate = Table(
    "certificate",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("use", String(20), nullable=False),
    Column("holder", String(100), nullable=False, index=True),
    Column("agency", String(18)),
    Column("issuer", String(200), nullable=False),
    Column("serial", Numeric(50, 0), nullable=False),
    Column("not_before", DateTime(timezone=True), nullable=False),
    Column("not_after", DateTime(timezone=True), nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("revoked_why", String(200)),
    _since(),
    _revision(),
)

dataset = Table(
    "dataset",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("source", ForeignKey("agency.uscc"), nullable=False),
    Column("body", JSONB, nullable=False),
    _since(),
)

matter = Table(
    "matter",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", JSONB, nullable=False),
    _since(),
)

grant = Table(
    "access_grant",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("agency", ForeignKey("agency.uscc"), nullable=False),
    Column("dataset", String(100), nullable=False),
    Column("fields", ARRAY(String), nullable=False),
    Column("clear_fields", ARRAY(String), nullable=False),
    Column("modes", ARRAY(String), nullable=False),
    Column("matters", ARRAY(String), nullable=False),
    Column("legal_basis", String(400), nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    Column("valid_to", DateTime(timezone=True), nullable=False),
    Column("daily_quota", Integer),
    Column("state", String(20), nullable=False),
    _since(),
    _revision(),
    Index("ix_access_grant_agency", "agency", "id"),
    Index("ix_access_grant_dataset", "dataset", "id"),
)

license_type = Table(
    "license_type",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", JSONB, nullable=False),
    _since(),
)

seal_rule = Table(
    "seal_rule",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("seal", String(100), nullable=False),
    Column("body", JSONB, nullable=False),
    Column("state", String(20), nullable=False),
    _since(),
    _revision(),
)

quota_use = Table(
    "quota_use",
    metadata,
    Column("grant_id", ForeignKey("access_grant.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("used", Integer, nullable=False),
)

proposal = Table(
    "proposal",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("item", String(100), nullable=False),
    Column("owner", String(18), nullable=False),
    Column("agency", String(18), nullable=False),
    Column("proposed_by", String(100), nullable=False),
    Column("approvers", ARRAY(String), nullable=False),
    Column("base", Integer, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("apply_at", DateTime(timezone=True)),
    Column("state", String(20), nullable=False),
    *_waits(),
    _since(),
    _revision(),
    Index(
        "ix_proposal_waits_for",
        "waits_for",
        "waits_duty",
        "waits_since",
        postgresql_where=text("waits_for IS NOT NULL"),
    ),
)

ledger_key = Table(
    "ledger_key",
    metadata,
    Column("key_name", String(100), primary_key=True),
    Column("vkey", String(400), nullable=False),
    Column("state", String(20), nullable=False),
    _since(),
    _revision(),
)

register_entry = Table(
    "register_entry",
    metadata,
    Column("register", String(20), primary_key=True),
    Column("id", String(200), primary_key=True),
    Column("index", BigInteger, primary_key=True),
    Column("salt", LargeBinary),
    Index("ix_register_entry_index", "index"),
)

event = Table(
    "event",
    metadata,
    Column("index", BigInteger, primary_key=True),
    Column("agency", String(18), primary_key=True),
    Column("register", String(20), nullable=False),
    Column("object", String(200), nullable=False),
    Column("kind", String(100), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("fetched_at", DateTime(timezone=True)),
    Column("mailed_at", DateTime(timezone=True)),
    Index("ix_event_agency", "agency", "index"),
)
