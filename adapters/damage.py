"""Damage: a text that a store could not hold has no value that could be stored again."""

MARK = "\ufffd"
"""What stands for a damaged text where a damaged text has to be stored again."""
