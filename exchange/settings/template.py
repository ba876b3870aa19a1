"""The text of a new node's settings file, ``yici.toml``."""

TEMPLATE = """\
# Settings of this Yici node. Each can also come from the environment: YICI_NODE__PORT=7443.

[node]
# Name of the ledger: what checkpoints and receipts are issued under. Never change it once the node has answered.
origin = "{origin}"
# Where the gRPC service listens (mutual TLS 1.3), and the names and addresses that its certificate is for.
host = "127.0.0.1"
port = 7443
names = ["localhost", "127.0.0.1"]
# Where tiles, the revocation list, health and metrics are served over plain HTTP. Nothing there is personal.
http_host = "127.0.0.1"
http_port = 7480
# How the outside reaches that (https://…), for the QR codes of licenses, which phones open, and for status lists; empty
# for http://http_host:http_port.
public_url = ""
# Worker processes on the gRPC port; 0 for one a core.
workers = 0
# A folder with fonts beside those that are shipped, for names in rare characters and other scripts (docs/operate.md).
fonts = "fonts"
# One line a log event, as JSON; or console, for people.
log_format = "json"
log_level = "info"

[database]
# A PostgreSQL 15 or newer, postgresql://user:password@host/name; empty for the embedded one in the data folder.
# Not through a pooler in transaction mode.
url = ""

[keys]
# File with the password that encrypts private keys at rest; empty for none (files have mode 0600 either way).
password_file = ""

[limits]
# Of one request, in bytes; a chunk of 10,000 subjects with two values each is about 1 MiB.
message_bytes = 4194304
# Calls at once in one worker (a stream is one call while it is open; one system's streams may be half of them), and
# calls a second of one system in one worker, each message of a stream among them.
concurrent_calls = 1000
calls_per_second = 5000
# Connections of one address at once to one worker, and to the HTTP port; HTTP requests a second of one address.
connections_per_address = 256
pages_per_second = 100
# Deadline of a call that brings none, and the longest that is honoured; a stream that is silent for so long ends.
default_seconds = 10.0
max_seconds = 60.0
# How long a stopping worker waits for calls in flight.
drain_seconds = 20.0

[registers]
# Seconds between two comparisons of all registers with the ledger; more where one takes over a twentieth of that.
compare_seconds = 600.0

[tuning]
# How the node's processes use this machine. The defaults were measured on two to four cores (docs/operate.md); changes
# take effect at the next start.
# Linux: workers and the HTTP process run under the batch policy. A thread that wakes does not push aside the one that
# runs, which saves switches; on processors that other programs keep busy, a call may wait longer.
batch_policy = true
# "grouped": the event loop handles all gRPC events that wait in one turn. "plain": one turn for each event, as uvloop
# does; for a gRPC release with which "grouped" has a fault.
event_loop = "grouped"
# When Python's garbage collector looks for cycles: after so many new objects, and how many such looks are made before
# one at older and at the oldest objects. Larger numbers cost less time, in longer pauses: a worker's callers wait for
# them, the ledger writer makes many rows and few cycles.
worker_gc = [2000, 20, 100]
ledger_writer_gc = [50000, 20, 100]

[telemetry]
# OTLP gRPC endpoint for OpenTelemetry traces, such as http://127.0.0.1:4317; empty for none.
otlp_endpoint = ""

# Where sources are, by the name that dataset descriptions (datasets/*.yaml in this folder) use.
# Both are taken up within seconds when they change. Relative paths are below this folder. Examples:
#
# [connections.police]
# kind = "sql"
# url = "postgresql://reader:secret@10.0.0.5/population"
#
# [connections.tax]
# kind = "rest"
# base_url = "https://10.0.0.6/api"
# token_file = "secrets/tax.token"
# ca_file = "secrets/tax-ca.pem"
# certificate_file = "secrets/yici-at-tax.pem"  # for mutual TLS, with its key
# key_file = "secrets/yici-at-tax.key.pem"
# batch = true
#
# [connections.education]
# kind = "file"
# folder = "drops/education"
"""
