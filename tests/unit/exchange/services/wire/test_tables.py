"""Tests of enum tables: node and client agree, and no wire value is missing."""

from typing import Any

import pytest
from yici.exchange.v1 import exchange_pb2 as ask
from yici.registry.v1 import catalogue_pb2
from yici.registry.v1 import document_pb2 as document
from yici.registry.v1 import license_pb2 as license_
from yici.registry.v1 import seal_pb2 as seal

from exchange.services.wire import asking, catalogue, documents, licenses, seals
from exchange.services.wire.tables import EnumTable
from registry.claims import Aggregate
from registry.documents.document import Urgency
from registry.seals.kinds import TargetKind

TABLES: list[tuple[EnumTable[Any], Any]] = [
    (asking.KINDS, ask.SubjectKind), (asking.OPERATORS, ask.Operator), (asking.AGGREGATES, ask.Aggregate),
    (asking.OUTCOMES, ask.Outcome), (asking.REASONS, ask.UnknownReason), (asking.RESOLUTIONS, ask.Resolution),
    (licenses.STATES, license_.LicenseState), (licenses.CHANGES, license_.LicenseChange), (licenses.ANSWERS, license_.FactsAnswer),
    (documents.URGENCIES, document.Urgency), (documents.STATES, document.DocumentState),
    (seals.KINDS, seal.SealKind), (seals.CHANGES, seal.SealChange), (seals.STATES, seal.SealState),
    (catalogue.CATEGORIES, catalogue_pb2.SharingCategory), (catalogue.TYPES, catalogue_pb2.FieldType),
    (catalogue.SENSITIVITIES, catalogue_pb2.Sensitivity), (catalogue.MASKS, catalogue_pb2.Mask),
    (seals.VERDICTS, seal.SealVerdict), (seals.TARGET_KINDS, seal.TargetKind),
]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "wire"), TABLES, ids=lambda item: getattr(getattr(item, "DESCRIPTOR", None), "name", "")
)
def test_every_number_of_the_wire_has_one_member_and_back(table: EnumTable[Any], wire: Any) -> None:
    assert {*table.members} - {0} == {*wire.values()} - {0}
    assert all(table.members[number] is member for member, number in table.numbers.items())


def test_an_unspecified_enum_has_a_meaning_only_if_the_proto_defines_one() -> None:
    unsaid = [table.members[0] for table, _ in TABLES if 0 in table.members]
    assert unsaid == [Aggregate.ANY, Urgency.NORMAL, TargetKind.FILE]
    assert documents.URGENCIES.numbers[Urgency.NORMAL] != 0
    assert asking.AGGREGATES.numbers[Aggregate.ANY] == 0
