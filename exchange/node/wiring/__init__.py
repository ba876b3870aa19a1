"""Wiring: creates the long-lived objects of processes and commands; no other code does."""
