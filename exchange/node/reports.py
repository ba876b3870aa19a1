"""The reports of a node's process to the supervisor: lines in a pipe, from its start to its end."""

PID, EXIT = b"pid %d\n", b"exit %d\n"
"""The first and the last line: the process's id, and its exit code (negative: a signal) from the fork server."""
READY, BEAT = b"ready\n", b"beat\n"
"""Lines between them: the process serves; it still runs."""
