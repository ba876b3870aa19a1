"""Commands of administration, which call a node."""
