"""The ledger's leaf: its typed facts, its one writer and its one reader. The format is docs/ledger-format.md."""
