"""Acts: the stages that every act passes, from a call to its ledger entry."""
