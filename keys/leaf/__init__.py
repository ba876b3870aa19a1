"""Leaves of the ledger: typed facts, writer and reader. The format is in docs/ledger-format.md."""
