"""The gRPC services: each converts between messages and the node's own types."""
