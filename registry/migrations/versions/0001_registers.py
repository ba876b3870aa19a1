"""Registers: agencies, systems, certificates, seals, catalogue, matters, grants and quotas."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE agency (
    uscc varchar(18) CONSTRAINT pk_agency PRIMARY KEY,
    name varchar(200) NOT NULL,
    region varchar(6) NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE system (
    id varchar(100) CONSTRAINT pk_system PRIMARY KEY,
    agency varchar(18) NOT NULL CONSTRAINT fk_system_agency REFERENCES agency (uscc),
    name varchar(200) NOT NULL,
    duty varchar(20) NOT NULL,
    state varchar(20) NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE certificate (
    fingerprint varchar(64) CONSTRAINT pk_certificate PRIMARY KEY,
    use varchar(20) NOT NULL,
    holder varchar(100) NOT NULL,
    issuer varchar(200) NOT NULL,
    serial numeric(50, 0) NOT NULL,
    not_before timestamptz NOT NULL,
    not_after timestamptz NOT NULL,
    der bytea NOT NULL,
    revoked_at timestamptz,
    revoked_why varchar(200),
    since timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_certificate_holder ON certificate (holder);
CREATE TABLE seal (
    id varchar(100) CONSTRAINT pk_seal PRIMARY KEY,
    agency varchar(18) NOT NULL CONSTRAINT fk_seal_agency REFERENCES agency (uscc),
    name varchar(200) NOT NULL,
    key_name varchar(100) NOT NULL,
    certificate varchar(64) NOT NULL CONSTRAINT fk_seal_certificate REFERENCES certificate (fingerprint),
    state varchar(20) NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE dataset (
    id varchar(100) NOT NULL,
    version integer NOT NULL,
    source varchar(18) NOT NULL CONSTRAINT fk_dataset_source REFERENCES agency (uscc),
    body jsonb NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_dataset PRIMARY KEY (id, version)
);
CREATE TABLE matter (
    id varchar(100) NOT NULL,
    version integer NOT NULL,
    body jsonb NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_matter PRIMARY KEY (id, version)
);
CREATE TABLE access_grant (
    id varchar(100) CONSTRAINT pk_access_grant PRIMARY KEY,
    agency varchar(18) NOT NULL CONSTRAINT fk_access_grant_agency REFERENCES agency (uscc),
    dataset varchar(100) NOT NULL,
    fields varchar[] NOT NULL,
    clear_fields varchar[] NOT NULL,
    modes varchar[] NOT NULL,
    matters varchar[] NOT NULL,
    legal_basis varchar(400) NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL,
    daily_quota integer,
    state varchar(20) NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE quota_use (
    grant_id varchar(100) NOT NULL CONSTRAINT fk_quota_use_grant_id REFERENCES access_grant (id),
    day date NOT NULL,
    used integer NOT NULL,
    CONSTRAINT pk_quota_use PRIMARY KEY (grant_id, day)
);
"""

# Workers are notified of every change and reload, so a revocation takes effect at once.
NOTIFY = """
CREATE FUNCTION register_changed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('yici_register', ''); RETURN NULL; END $$;
"""


def upgrade() -> None:
    for statement in filter(str.strip, TABLES.split(";\n")):
        op.execute(statement)
    op.execute(NOTIFY)
    for table in ("agency", "system", "certificate", "seal", "dataset", "matter", "access_grant"):
        op.execute(
            f"CREATE TRIGGER register_changed AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION register_changed()"
        )
