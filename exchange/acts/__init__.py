"""The one road that every act takes, from a call to its ledger entry."""
