"""The answers to facts that someone states of a license."""

from enum import StrEnum


class FactsAnswer(StrEnum):
    """What comes of stated facts, in the words in use in the field."""

    CORRECT_AND_VALID = "correct_and_valid"
    CORRECT_AND_NOT_ACTIVATED = "correct_and_not_activated"
    CORRECT_AND_SUSPENDED = "correct_and_suspended"
    CORRECT_AND_LAPSED = "correct_and_lapsed"
    PARTLY_WRONG = "partly_wrong"
    TOO_LITTLE = "too_little"
    NONE = "none"
