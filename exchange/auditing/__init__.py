"""Acts on the ledger: looking at entries and proving the log."""
