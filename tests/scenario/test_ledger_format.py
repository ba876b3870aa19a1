"""Scenario tests of leaves: every entry of a node fits the published schema."""

import json

import pytest
from jsonschema import Draft202012Validator

from exchange.client import ExchangeError
from exchange.demo.city import City
from keys.leaf.facts import ActFacts, QueryFacts, RegisterFacts
from tests.scenario.test_row_digests import act, entries_of
from tests.support.ask import APPLICANT, BASIS, IS_NAME
from tests.unit.keys.test_ledger_format import SCHEMA


async def test_every_entry_of_a_node_fits_the_published_schema(city: City) -> None:
    await act(city)
    async with city.client() as client:
        await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME])
        with pytest.raises(ExchangeError, match="DATASET_UNKNOWN"):
            await client.verify(BASIS, "no.such", APPLICANT, [IS_NAME])
    entries = await entries_of(city)
    validator = Draft202012Validator(SCHEMA)
    for entry in entries:
        faults = [error.message for error in validator.iter_errors(json.loads(entry.data))]
        assert not faults, (entry.index, faults)
    families = {type(entry.leaf.facts) for entry in entries}
    assert families >= {QueryFacts, ActFacts, RegisterFacts}
