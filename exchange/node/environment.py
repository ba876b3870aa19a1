"""What the supervisor and the node's processes pass to each other.

The supervisor imports no metrics before it has set their folder, so this module and ``ports`` import none.
"""

DATABASE, WRITER = "YICI_DATABASE_URL", "YICI_LEDGER_SOCKET"
"""The environment variables that name the database and the ledger writer's socket."""
READY = b"ready\n"
"""What a process writes to its supervisor once it serves."""
