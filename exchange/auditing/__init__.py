"""Acts on the ledger: reading entries, and proving the log."""
