"""What kinds of proposals have in common: what is planned, and how it is applied."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import asyncpg

from exchange.acts.admin_act import AdminAct
from exchange.acts.permit import Permit
from registry.agencies import Duty
from registry.items import Stored
from registry.ledger.leaf import Entry


class Planned(NamedTuple):
    """What a proposal would change: the item at a revision, and how; ``agency`` approves it."""

    item: str
    base: int
    agency: str
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of proposals.

    ``duty`` is of those who propose, ``approving`` of those who approve, of whom there are ``approvers``. ``plan``
    checks the content, and ``apply`` changes the register and returns the entries of that; both raise as
    ``AdminAct.refusal_of`` understands.
    """

    duty: Duty
    approving: Duty
    approvers: int
    plan: Callable[[Permit[AdminAct], asyncpg.Connection, Mapping[str, Any]], Awaitable[Planned]]
    apply: Callable[[Permit[AdminAct], asyncpg.Connection, Stored], Awaitable[Sequence[Entry]]]
