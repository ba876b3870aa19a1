"""Identifiers of the invented city, with right check characters."""

from datetime import date

from registry.identifiers import citizen_check_character, uscc_check_character


def citizen_id(region: str, born: date, sequence: int) -> str:
    """Return a citizen id; odd sequence numbers are men's."""
    first = f"{region}{born:%Y%m%d}{sequence:03d}"
    return first + citizen_check_character(first)


def enterprise_code(number: int) -> str:
    """Return the USCC of the numbered enterprise."""
    first = f"91320500{number:08d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    check = -sum(int(digit) * weight for digit, weight in zip(first[8:], weights, strict=True)) % 11
    first += "X" if check == 10 else str(check)  # GB 11714
    return first + uscc_check_character(first)
