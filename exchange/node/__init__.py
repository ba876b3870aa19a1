"""The node's processes, their wiring and background jobs."""
