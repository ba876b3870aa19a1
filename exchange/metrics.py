"""Prometheus metrics, shared by all workers of a node; labels are method names and reasons, never anything personal."""

from prometheus_client import Counter, Histogram

_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

CALLS = Counter("yici_calls", "Calls by method and outcome.", ["method", "outcome"])
SECONDS = Histogram("yici_call_seconds", "Time from request to response.", ["method"], buckets=_BUCKETS)
