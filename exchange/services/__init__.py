"""The gRPC face: one module a service, each turning messages into the node's own types and back."""
