"""Grants made of approved applications, and the grants that they overlap."""

from collections.abc import Iterable

from registry.agencies import State
from registry.applications.application import Approval, Wish
from registry.errors import RuleError
from registry.grants import Grant


def grant_of(grant: str, agency: str, dataset: str, matter: str, wish: Wish, approval: Approval) -> Grant:
    """Return the grant of an approval."""
    return Grant(
        grant, agency, dataset, approval.fields, approval.modes, (matter,), wish.legal_basis,
        approval.valid_from, approval.valid_to, approval.clear_fields, approval.daily_quota,
    )  # fmt: skip


def overlapping(grant: Grant, others: Iterable[Grant]) -> list[Grant]:
    """Return the grants that permit some of the same for the same agency and dataset at the same time."""
    return [
        other
        for other in others
        if other.id != grant.id
        and other.state is State.ACTIVE
        and (other.agency, other.dataset) == (grant.agency, grant.dataset)
        and {*other.matters} & {*grant.matters}
        and {*other.modes} & {*grant.modes}
        and {*other.fields} & {*grant.fields}
        and other.valid_from < grant.valid_to
        and grant.valid_from < other.valid_to
    ]


def replaced_by(grant: Grant, others: Iterable[Grant], replaces: Iterable[str]) -> list[Grant]:
    """Return the grants that end when one begins.

    Raises:
        RuleError: it overlaps a grant that it does not replace, or replaces one that it does not overlap.
    """
    found = {other.id: other for other in overlapping(grant, others)}
    named = {*replaces}
    if left := sorted(found.keys() - named):
        raise RuleError("replaces", f"overlaps {', '.join(left)}; name them to replace them", left[0])
    if unknown := sorted(named - found.keys()):
        raise RuleError("replaces", f"does not overlap {', '.join(unknown)}", unknown[0])
    return [found[name] for name in sorted(named)]
