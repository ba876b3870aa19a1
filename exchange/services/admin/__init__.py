"""gRPC services of administration."""
