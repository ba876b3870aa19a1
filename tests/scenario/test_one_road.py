"""Scenario tests of all methods: every refused call leaves exactly one entry."""

import asyncio

import pytest

from exchange.demo.city import City
from exchange.services.wire.asking import basis_message
from tests.support.ask import BASIS, newest
from tests.support.calling import METHODS, channel, message_of, refusals
from tests.support.protos import actions_in, said_of_methods

SAID = said_of_methods()
WRONG = {"AuditService": "talent-settlement"}
"""By service: a system whose duty does not include its acts; for the others the auditors'."""
BAD = {"id": "nothing", "page_size": -1, "new_size": 0, "old_size": 1}
"""What no method takes: for those that any duty may call."""


@pytest.mark.parametrize("name", METHODS)
def test_a_refused_call_leaves_one_entry_that_names_its_caller(city: City, name: str) -> None:
    method = METHODS[name]
    system = WRONG.get(method.containing_service.name, "audit-desk")
    request = message_of(method, basis=basis_message(BASIS), chunk_id="1", **BAD)
    before = asyncio.run(newest(city))[0].index
    with channel(city, system) as connection:
        [refused] = refusals(connection, method, request, 10.0)
    found = asyncio.run(newest(city, 3))
    assert [entry.index for entry in found if entry.index > before] == [before + 1]
    facts = found[0].leaf.facts
    assert (getattr(facts, "system", ""), facts.decision, facts.reason) == (system, "deny", refused.reason)
    assert facts.kind in {
        f"catalogue.{method.name}",
        *actions_in(f"{SAID[name]['Decided by']} {SAID[name]['Recorded']}"),
    }
