"""The node and its client: acts, gRPC and HTTP servers, authorities, and the command line."""
