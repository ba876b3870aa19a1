"""The ledger: a tamper-evident transparency log in PostgreSQL."""
