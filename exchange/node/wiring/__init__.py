"""Wiring: makes long-lived objects from settings and paths, for every process and command; no other code does."""
