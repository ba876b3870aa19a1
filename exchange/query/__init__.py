"""Questions: Verify, Query, VerifyBatch and Resolve."""
