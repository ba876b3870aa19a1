"""The ledger: a transparency log in PostgreSQL that nobody can quietly change."""
