"""Tests of license identifiers, metadata, state changes, and status list indexes."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from stdnum.iso7064 import mod_37_36

from exchange.licensing.entries import subjects_of
from keys.statuslist import Status, pack
from registry.catalogue import FieldType
from registry.errors import IdentifierError, RuleError
from registry.identifiers import SubjectKind
from registry.licenses import types
from registry.licenses.draft_checks import check_draft
from registry.licenses.fields import LicenseField
from registry.licenses.holders import Holder, HolderKind
from registry.licenses.identifier import LicenseIdentifier, check_character
from registry.licenses.indexes import SIZE, feistel_index
from registry.licenses.license import Fact, License
from registry.licenses.metadata import as_json, as_xml, draft_of, metadata, read_metadata
from registry.licenses.states import TRANSITIONS, Change, LicenseState
from registry.licenses.types import LicenseType
from registry.licenses.validity import Validity
from registry.parsing import load_yaml, parse
from registry.transitions import IllegalTransitionError
from tests.support.sealing import AGENCY, DRAFT, KIND

IRREGULAR = "113205000000140158"
GOOD = (
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    "1.2.156.3005.2.11100000000013338W032.11220000013544541J.2430599.001.F",
)


@pytest.mark.parametrize("text", GOOD)
def test_a_real_identifier_is_read_and_written_back(text: str) -> None:
    assert LicenseIdentifier.parse(text).text == text
    assert LicenseIdentifier.parse(f" {text.lower()} ").next_version.version == 2


def test_the_check_character_equals_that_of_the_standard_and_of_stdnum() -> None:
    assert check_character("A12425GABC1234002") == "M"
    for text in GOOD:
        plain = "".join(text.removeprefix("1.2.156.3005.2.").split(".")[:4])
        assert mod_37_36.calc_check_digit(plain) == text[-1]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (GOOD[0].replace("1.2.156", "1.2.840"), "begins with"),
        (GOOD[0].replace(".001.", "."), "follow the root"),
        (GOOD[0].replace("13338W011", "13338W01"), "the type"),
        (GOOD[0].replace("6122244L", "6122244"), "the issuer"),
        (GOOD[0].replace("20230000403", "2023-403"), "the serial"),
        (GOOD[0].replace(".001.", ".1."), "the version"),
        (GOOD[0][:-1] + "V", "check character"),
        (GOOD[0].replace("403", "404"), "check character"),
    ],
)
def test_a_wrong_identifier_is_refused_by_its_part(text: str, part: str) -> None:
    with pytest.raises(IdentifierError, match=part):
        LicenseIdentifier.parse(text)


@pytest.mark.parametrize(
    ("type_code", "version", "part"),
    [("11100000000013338WABC", "001", "the type"), ("11100000000013338W011", "000", "the version")],
)
def test_an_identifier_of_no_type_or_no_version_is_refused(type_code: str, version: str, part: str) -> None:
    parts = (type_code, "11430000006122244L", "20230000403", version)
    with pytest.raises(IdentifierError, match=part):
        LicenseIdentifier.parse(".".join(("1.2.156.3005.2", *parts, check_character("".join(parts)))))


@pytest.mark.parametrize("version", [-1, 0, 1000])
def test_no_identifier_is_made_of_a_version_that_is_none(version: int) -> None:
    with pytest.raises(IdentifierError, match="version"):
        LicenseIdentifier.make("11100000000013338W011", "11430000006122244L", "1", version)


def test_holders_of_travel_documents_are_subjects_that_can_be_asked_about() -> None:
    kinds = (HolderKind.DIPLOMATIC_PASSPORT, HolderKind.PASSPORT, HolderKind.HONG_KONG_MACAO_PERMIT, HolderKind.OTHER)
    kind = replace(KIND, holder_kinds=kinds)
    keys = (SubjectKind.PASSPORT, SubjectKind.HONG_KONG_MACAO_PERMIT, SubjectKind.LICENSE_IDENTIFIER)
    assert kind.dataset().keys == keys
    holder = Holder(HolderKind.HONG_KONG_MACAO_PERMIT, "h1234567801", "陈")
    assert check_draft(replace(DRAFT, holders=(holder,)), kind).holders[0].code == "H12345678"


def test_a_holder_whose_code_was_issued_irregularly_needs_its_source() -> None:
    kind = replace(KIND, holder_kinds=(HolderKind.USCC,))
    assert kind.dataset().keys == (SubjectKind.USCC, SubjectKind.IRREGULAR_USCC, SubjectKind.LICENSE_IDENTIFIER)
    draft = replace(DRAFT, holders=(Holder(HolderKind.USCC, IRREGULAR.lower(), "苏州某厂"),))
    fact = Fact("identity.enterprise", SubjectKind.IRREGULAR_USCC, IRREGULAR, {"status": "active"})
    found = check_draft(replace(draft, facts=(fact,)), kind)
    assert found.holders[0].code == IRREGULAR
    assert subjects_of(found)[0] == f"irregular_uscc:{IRREGULAR}"
    others = (replace(fact, subject="91320500000000001X"), replace(fact, subject_kind=SubjectKind.USCC))
    for facts in ((), others):
        with pytest.raises(RuleError, match=r"holders\[0\].code: the check character, position 18, is wrong"):
            check_draft(replace(draft, facts=facts), kind)
    regular = check_draft(replace(DRAFT, holders=(Holder(HolderKind.USCC, AGENCY, "苏州某厂"),)), kind)
    assert subjects_of(regular)[0] == f"uscc:{AGENCY}"


def license_() -> License:
    return License(
        GOOD[0], KIND.id, 1, "JZ-1", AGENCY, "R-1", 1, DRAFT.holders, DRAFT.fields, DRAFT.valid_from, DRAFT.valid_to,
        datetime(2026, 1, 1, tzinfo=UTC), LicenseState.VALID, 1, 1, 7, "e~", "ab" * 32,
        annotation={"at": "2026-02-01", "by": "某局", "why": "已用", "until": ""},
    )  # fmt: skip


def test_metadata_is_written_and_read_by_the_standards_names() -> None:
    values = metadata(license_(), KIND, "苏州市公安局")
    assert {"ZZMC", "ZZLXDM", "ZZBH", "ZZBS", "ZZBFJG", "CZZT", "CZZTDMLXDM", "ZZZT", "KZ_JZDZ", "JZJZZSY"} <= set(
        values
    )
    for data in (as_json(values), as_xml(values)):
        assert read_metadata(data) == values
        back = draft_of(read_metadata(data), KIND)
        assert (back.holders, back.fields, back.valid_from, back.valid_to) == (
            DRAFT.holders,
            DRAFT.fields,
            DRAFT.valid_from,
            DRAFT.valid_to,
        )


def test_several_holders_stay_in_one_order() -> None:
    kind = replace(KIND, many_holders=True)
    two = (*DRAFT.holders, Holder(HolderKind.CITIZEN_ID, "110101199003070134", "乙"))
    values = metadata(replace(license_(), holders=two), kind, "x")
    assert draft_of(read_metadata(as_xml(values)), kind).holders == two


SEX = LicenseField(
    "sex", "性别", "Sex", "KZ_XB", FieldType.CODE,
    codes={"male": "男", "female": "女"}, standard_codes={"male": "1", "female": "2"},
)  # fmt: skip


def test_metadata_has_the_codes_of_the_national_standard() -> None:
    kind = replace(KIND, fields=(KIND.fields[0], SEX))
    found = replace(license_(), fields={**DRAFT.fields, "sex": "female"})
    values = metadata(found, kind, "x")
    assert values["KZ_XB"] == "2"
    assert draft_of(values, kind).fields["sex"] == "female"
    with pytest.raises(RuleError, match=r"^KZ_XB: one of 1, 2$"):
        draft_of(values | {"KZ_XB": "female"}, kind)


@pytest.mark.parametrize("codes", [{"male": "1"}, {"male": "1", "female": "1"}, {"male": "1", "female": "2", "x": "3"}])
def test_standard_codes_that_cannot_be_read_back_are_refused(codes: dict[str, str]) -> None:
    with pytest.raises(RuleError, match="standard_codes"):
        replace(SEX, standard_codes=codes)


def test_shipped_types_have_standard_codes_for_sex_and_degree() -> None:
    shipped = load_yaml(Path(types.__file__).with_name("types.yaml"))["license_types"]
    coded = {item.extension: item.standard_codes for kind in shipped for item in parse(LicenseType, kind, "x").fields}
    assert coded["KZ_XB"] == {"male": "1", "female": "2"}
    assert coded["KZ_XWJB"] == {"doctor": "2", "master": "3", "bachelor": "4"}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"<ZZYS><ZZMC>a</ZZMC><ZZMC>b</ZZMC></ZZYS>", "ZZMC"),
        (b"<X/>", "metadata"),
        (b'<!DOCTYPE l [<!ENTITY a "b">]><ZZYS><ZZMC>&a;</ZZMC></ZZYS>', "metadata"),
        (b"<ZZYS>", "metadata"),
        (b"[]", "metadata"),
        (b'{"CZZT": "x"}', "CZZT"),
        (b'{"ZZBH": 3}', "ZZBH"),
        (b"\x00", "metadata"),
        (b" " * 300_000, "metadata"),
    ],
)
def test_metadata_that_breaks_a_rule_is_refused(data: bytes, field: str) -> None:
    with pytest.raises(RuleError) as caught:
        read_metadata(data)
    assert caught.value.field == field


def test_metadata_of_another_type_or_uneven_holders_is_refused() -> None:
    values = metadata(license_(), KIND, "x")
    for changed, field in (
        ({"ZZLXDM": "x"}, "ZZLXDM"),
        ({"CZZTDM": []}, "CZZT"),
        ({"CZZTDMLXDM": ["777"]}, "CZZTDMLXDM"),
        ({"ZZYXQQSRQ": "2026/1/1"}, "ZZYXQQSRQ"),
    ):
        with pytest.raises(RuleError) as caught:
            draft_of(values | changed, KIND)
        assert caught.value.field == field


def test_only_what_the_table_holds_is_legal() -> None:
    for change in Change:
        for state in LicenseState:
            before, after = TRANSITIONS.table[change]
            if state in before:
                assert TRANSITIONS.after(change, state) is after
            else:
                with pytest.raises(IllegalTransitionError):
                    TRANSITIONS.after(change, state)


def test_no_change_leads_back_from_a_final_state() -> None:
    ends = {LicenseState.CANCELLED, LicenseState.REVOKED, LicenseState.SUPERSEDED}
    assert not any(ends & before for before, _ in TRANSITIONS.table.values())


def test_a_license_past_its_end_is_expired_before_anyone_records_it() -> None:
    found = replace(license_(), valid_to=date(2026, 6, 30))
    assert found.state_on(date(2026, 6, 30)) is LicenseState.VALID
    assert found.state_on(date(2026, 7, 1)) is LicenseState.EXPIRED


def test_a_period_ends_the_day_before_its_anniversary() -> None:
    assert Validity(12).until(date(2026, 3, 1)) == date(2027, 2, 28)
    assert Validity(1).until(date(2026, 1, 31)) == date(2026, 2, 27)
    assert Validity().until(date(2026, 1, 1)) is None
    assert check_draft(replace(DRAFT, valid_to=None), KIND).valid_to == date(2026, 12, 31)


def test_every_place_on_a_list_is_given_once_and_neighbours_are_scattered() -> None:
    places = [feistel_index(b"s" * 32, number) for number in range(SIZE)]
    assert len(set(places)) == SIZE
    assert min(places) == 0
    assert max(places) == SIZE - 1
    near = sum(abs(a - b) < 100 for a, b in pairwise(places))
    assert near < SIZE // 1000
    assert places[:100] != [feistel_index(b"t" * 32, number) for number in range(100)]


def test_a_packed_list_holds_two_bits_each_lowest_first() -> None:
    assert pack(8, [(0, Status.INVALID), (3, Status.SUSPENDED), (4, Status.SUSPENDED)]) == bytes(
        [0b10000001, 0b00000010]
    )
    with pytest.raises(ValueError, match="outside"):
        pack(4, [(4, Status.INVALID)])


def test_a_license_does_not_outlast_what_its_type_allows() -> None:
    kind = replace(KIND, validity=Validity(12, 24))
    good = replace(DRAFT, valid_to=date(2027, 12, 31))
    assert check_draft(good, kind).valid_to == date(2027, 12, 31)
    with pytest.raises(RuleError, match="24 months at most"):
        check_draft(replace(good, valid_to=date(2028, 1, 1)), kind)
