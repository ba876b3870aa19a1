"""The ledger: its head, entries, openings, subjects, tiles and keys; partitioned by index."""

from alembic import op

revision = "0002"
down_revision = "0001"

LEDGER = """
CREATE TABLE ledger_key (
    key_name varchar(100) CONSTRAINT pk_ledger_key PRIMARY KEY,
    vkey varchar(400) NOT NULL,
    state varchar(20) NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE ledger_head (
    single boolean CONSTRAINT pk_ledger_head PRIMARY KEY DEFAULT true CHECK (single),
    size bigint NOT NULL,
    frontier bytea NOT NULL,
    checkpoint text NOT NULL
);
INSERT INTO ledger_head (size, frontier, checkpoint) VALUES (0, '', '');

-- What anyone may see: the leaf, and columns taken from it to search by.
CREATE TABLE ledger_entry (
    index bigint NOT NULL,
    at timestamptz NOT NULL,
    agency text NOT NULL,
    dataset text NOT NULL,
    matter text NOT NULL,
    decision text NOT NULL,
    leaf bytea NOT NULL,
    leaf_hash bytea NOT NULL,
    CONSTRAINT pk_ledger_entry PRIMARY KEY (index)
) PARTITION BY RANGE (index);
ALTER TABLE ledger_entry ALTER COLUMN leaf SET STORAGE MAIN;
CREATE INDEX ix_ledger_entry_at ON ledger_entry USING brin (at);
CREATE INDEX ix_ledger_entry_agency ON ledger_entry (agency);
CREATE INDEX ix_ledger_entry_dataset ON ledger_entry (dataset);
CREATE INDEX ix_ledger_entry_matter ON ledger_entry (matter);
CREATE INDEX ix_ledger_entry_decision ON ledger_entry (decision) WHERE decision <> 'permit';

-- What only those with the duty may see: what the leaf's salted digests stand for. May be erased.
CREATE TABLE ledger_opening (
    index bigint NOT NULL,
    salts bytea NOT NULL,
    subject text NOT NULL,
    officer text NOT NULL,
    case_number text NOT NULL,
    request text NOT NULL,
    CONSTRAINT pk_ledger_opening PRIMARY KEY (index)
) PARTITION BY RANGE (index);
CREATE INDEX ix_ledger_opening_officer ON ledger_opening (officer);
CREATE INDEX ix_ledger_opening_case ON ledger_opening (case_number);

-- Whom an entry concerns, under a keyed pseudonym: one row for each subject of a question or of a chunk.
CREATE TABLE ledger_subject (
    index bigint NOT NULL,
    pseudonym bytea NOT NULL
) PARTITION BY RANGE (index);
CREATE INDEX ix_ledger_subject_pseudonym ON ledger_subject (pseudonym);

-- Full tiles of 256 hashes, derived from the entries when the last of them is recorded.
CREATE TABLE ledger_tile (
    level smallint NOT NULL,
    number bigint NOT NULL,
    hashes bytea NOT NULL,
    root bytea NOT NULL,
    CONSTRAINT pk_ledger_tile PRIMARY KEY (level, number)
);
ALTER TABLE ledger_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;
"""


def upgrade() -> None:
    for statement in filter(str.strip, LEDGER.split(";\n")):
        op.execute(statement)
