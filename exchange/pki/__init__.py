"""The node's certificate authorities and key custody."""
