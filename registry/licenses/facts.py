"""Answers to the verification of facts stated about a license."""

from enum import StrEnum


class FactsAnswer(StrEnum):
    """The result of verifying stated facts, in the terms of license services in use."""

    CORRECT_AND_VALID = "correct_and_valid"
    CORRECT_AND_NOT_ACTIVATED = "correct_and_not_activated"
    CORRECT_AND_SUSPENDED = "correct_and_suspended"
    CORRECT_AND_LAPSED = "correct_and_lapsed"
    PARTLY_WRONG = "partly_wrong"
    TOO_LITTLE = "too_little"
    NONE = "none"
