"""The node's own authorities and key custody."""
