"""Queries: Verify, Query, VerifyBatch and Resolve."""
