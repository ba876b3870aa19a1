"""Checks of claims against the fields of their dataset."""

import re
from decimal import Decimal, InvalidOperation
from itertools import islice

from registry.catalogue import Dataset, Field, FieldType
from registry.china import parse_day
from registry.claims import Aggregate, Claim, Operator, fields_of
from registry.errors import RuleError
from registry.names import normal

MAX_VALUES = 100
MAX_VALUE = 400
MAX_CLAIMS = 50
MAX_FIELDS = 50
"""The most fields of one query, since its ledger entry names them all."""
MAX_CONDITIONS = 5
MAX_MONTHS = 1200
_MAX_NAMED = 50
"""The most codes that an error names."""
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_ORDERED = frozenset({FieldType.INTEGER, FieldType.DECIMAL, FieldType.DATE, FieldType.MONTH})


def check_claims(claims: tuple[Claim, ...], dataset: Dataset) -> None:
    """Check claims against the fields that they compare.

    Raises:
        RuleError: names the claim's number and the rule.
    """
    if not 0 < len(claims) <= MAX_CLAIMS:
        raise RuleError("claims", f"1 to {MAX_CLAIMS} are required")
    if len(fields_of(claims)) > MAX_FIELDS:
        raise RuleError("claims", f"about at most {MAX_FIELDS} different fields, conditions included")
    for number, claim in enumerate(claims):
        where = f"claims[{number}]"
        field = _known_field(dataset, claim.field, where)
        if len(claim.where) > MAX_CONDITIONS:
            raise RuleError(f"{where}.where", f"at most {MAX_CONDITIONS} conditions")
        if not 0 <= claim.last_months <= MAX_MONTHS:
            raise RuleError(f"{where}.last_months", f"0 to {MAX_MONTHS}")
        if claim.last_months and claim.aggregate is not Aggregate.MONTHS:
            raise RuleError(f"{where}.last_months", "goes with MONTHS only")
        if claim.operator is Operator.EXISTS and claim.aggregate is not Aggregate.ANY:
            raise RuleError(f"{where}.operator", "EXISTS goes with no aggregate: of nothing there is a count, too")
        _check_comparison(_aggregated(field, claim.aggregate, where), claim.operator, claim.values, where)
        for at, condition in enumerate(claim.where):
            place = f"{where}.where[{at}]"
            _check_comparison(
                _known_field(dataset, condition.field, place), condition.operator, condition.values, place
            )


def compared_field(claim: Claim, dataset: Dataset) -> Field:
    """Return the field with the type in which the claim is compared: a number if aggregated.

    Raises:
        RuleError: there is no such field, or the aggregate does not fit it.
    """
    return _aggregated(_known_field(dataset, claim.field, "claims"), claim.aggregate, "claims")


def check_value(field: Field, text: str, where: str) -> None:
    """Check one value against its field's type.

    Raises:
        RuleError: names the place and the rule, never the value.
    """
    if not text or len(text) > MAX_VALUE:
        raise RuleError(where, f"1 to {MAX_VALUE} characters")
    try:
        holds = _holds(field, text)
    except (ValueError, InvalidOperation):
        holds = False
    if not holds:
        raise RuleError(where, _rule(field))


def _rule(field: Field) -> str:
    """Return the rule for values of a field, with its codes."""
    if field.type is not FieldType.CODE:
        return f"not a value of type {field.type.value}"
    more = ["…"] if len(field.codes) > _MAX_NAMED else []
    return f"one of {', '.join([*islice(field.codes, _MAX_NAMED), *more])}"


def _holds(field: Field, text: str) -> bool:
    match field.type:
        case FieldType.TEXT:
            return text.isalnum() or bool(normal(text))  # invisible values would all be equal
        case FieldType.CODE:
            return text in field.codes
        case FieldType.MONTH:
            return bool(_MONTH.fullmatch(text))
        case FieldType.DATE:
            return bool(parse_day(text))
        case FieldType.INTEGER:
            return str(int(text)) == text
        case FieldType.DECIMAL:
            return Decimal(text).is_finite()


def _check_comparison(field: Field, operator: Operator, values: tuple[str, ...], where: str) -> None:
    if operator is Operator.EXISTS:
        if values:
            raise RuleError(f"{where}.values", "EXISTS takes none")
        return
    if len(values) > MAX_VALUES or not values or (operator is not Operator.IN and len(values) != 1):
        raise RuleError(f"{where}.values", f"IN takes 1 to {MAX_VALUES}, other operators one")
    if operator in (Operator.LT, Operator.LE, Operator.GT, Operator.GE) and field.type not in _ORDERED:
        raise RuleError(f"{where}.operator", f"{operator.value} needs a number, a date or a month")
    for at, value in enumerate(values):
        check_value(field, value, f"{where}.values[{at}]")


def _aggregated(field: Field, aggregate: Aggregate, where: str) -> Field:
    """Return the field with its type after aggregation: a number, except for ANY."""
    if aggregate is Aggregate.ANY:
        return field
    if aggregate is Aggregate.SUM and field.type not in (FieldType.INTEGER, FieldType.DECIMAL):
        raise RuleError(f"{where}.aggregate", "SUM needs a field of numbers")
    if aggregate is Aggregate.MONTHS and field.type not in (FieldType.MONTH, FieldType.DATE):
        raise RuleError(f"{where}.aggregate", "MONTHS needs a field of months or dates")
    return Field(field.name, field.title, field.title_en, FieldType.DECIMAL)


def _known_field(dataset: Dataset, name: str, where: str) -> Field:
    field = dataset.field(name)
    if field is None:
        raise RuleError(f"{where}.field", f"no such field in {dataset.id}")
    return field
