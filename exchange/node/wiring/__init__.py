"""Wiring: creates and connects the objects of a node's processes; no other code does."""
