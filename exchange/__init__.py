"""The node: the query path, gRPC servers and client, policy decisions, HTTP and the command line."""
