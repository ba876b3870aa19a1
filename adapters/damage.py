"""The marker of text whose original characters are lost, so that it has no value to store again."""

MARK = "\ufffd"
"""U+FFFD, written in place of damaged text."""
