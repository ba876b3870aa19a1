import random
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from exchange.demo.ids import citizen_id
from registry.china import CHINA
from registry.errors import IdentifierError
from registry.identifiers import (
    SubjectKind,
    citizen_check_character,
    parse_any,
    parse_identifier,
    parse_uscc,
    persons,
    short_citizen_id,
    uscc_check_character,
)


def test_check_characters_are_those_of_another_library() -> None:
    draw = random.Random(1)
    for _ in range(500):
        first = f"{draw.randrange(110000, 660000)}19{draw.randrange(50, 99)}0615{draw.randrange(1000):03d}"
        assert citizen_check_character(first) == ric.calc_check_digit(first + "0")
        code = "9" + "".join(draw.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=16))
        assert uscc_check_character(code) == uscc.calc_check_digit(code)


@pytest.mark.parametrize(
    "text", ["11010519491231002X", "11010519491231002x", " 11010519491231002X ", "１１０１０５１９４９１２３１００２Ｘ"]
)
def test_a_citizen_id_is_read_as_people_write_it(text: str) -> None:
    assert parse_identifier(SubjectKind.CITIZEN_ID, text) == "11010519491231002X"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("110105194912310021", "position 18"), ("11010519491331002X", "date of birth"), ("1101051949123100", "17 digits"),
        ("11010519491231001¹", "17 digits"), ("", "17 digits"), ("x" * 129, "at most 128"), ("11010519491231002X; DROP", "17 digits"),
    ],
)  # fmt: skip
def test_a_wrong_citizen_id_is_refused_by_its_part_and_never_repeated(text: str, part: str) -> None:
    with pytest.raises(IdentifierError, match=part) as caught:
        parse_identifier(SubjectKind.CITIZEN_ID, text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("text", ["113205000000140158", "11320500000014015", "I13205000000140157"])
def test_a_wrong_uscc_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError, match="GB 32100"):
        parse_uscc(text)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (SubjectKind.PROPERTY_UNIT, "320508001001GB00001F00010001", "320508001001XB00001F00010001"),
        (SubjectKind.CERTIFICATE_NUMBER, "102851201902000001", "102852201902000001"),
        (SubjectKind.CERTIFICATE_NUMBER, "1028532019000001", "1028512019000001"),
        (SubjectKind.CERTIFICATE_NUMBER, "C1028532019000001", "X1028532019000001"),
    ],
)
def test_the_other_identifiers_have_their_own_rules(kind: SubjectKind, good: str, bad: str) -> None:
    assert parse_identifier(kind, good) == good
    with pytest.raises(IdentifierError):
        parse_identifier(kind, bad)


PERSON, SHORT = "11010519491231002X", "110105491231002"
FUTURE = f"110105{datetime.now(CHINA).year + 1}0101001"
REFUSED = [
    (SubjectKind.CITIZEN_ID, FUTURE + citizen_check_character(FUTURE), "date of birth"),
    (SubjectKind.CITIZEN_ID, "11010500010101001" + citizen_check_character("11010500010101001"), "date of birth"),
    (SubjectKind.CITIZEN_ID, "11010518491231001" + citizen_check_character("11010518491231001"), "date of birth"),
    (SubjectKind.CITIZEN_ID, "99999919491231001" + citizen_check_character("99999919491231001"), "province"),
    (SubjectKind.CITIZEN_ID, "16010519491231001" + citizen_check_character("16010519491231001"), "province"),
    (SubjectKind.CITIZEN_ID, "81010519491231001" + citizen_check_character("81010519491231001"), "province"),
    (SubjectKind.CITIZEN_ID, "110105490231002", "date of birth"),
    (SubjectKind.USCC, "91999999600037341" + uscc_check_character("91999999600037341"), "positions 3 to 8"),
    (SubjectKind.PROPERTY_UNIT, "999999001001GB00001F00010001", "region"),
    (SubjectKind.USCC, "91A100006000373411", "positions 3 to 8"),
    (SubjectKind.USCC, "113205000000140158", "position 18"),
    (SubjectKind.IRREGULAR_USCC, "113205000000140157", "the kind is uscc"),
    (SubjectKind.IRREGULAR_USCC, "11320500000014015", "18 characters"),
    (SubjectKind.FOREIGNER_CARD, "911124198108030025", "position 18"),
    (SubjectKind.FOREIGNER_CARD, "999124198108030022", "province"), (SubjectKind.FOREIGNER_CARD, "CAN991281080310", "province"),
    (SubjectKind.FOREIGNER_CARD, "CAN110281130310", "birth"),
    (SubjectKind.PASSPORT, "PASSPORT", "5 to 12"),
    (SubjectKind.HONG_KONG_MACAO_PERMIT, "H123456789", "8 digits, or 10"), (SubjectKind.TAIWAN_PERMIT, "0123456", "8 digits"),
    (SubjectKind.TAIWAN_PERMIT, "012345670", "or 10"), (SubjectKind.TAIWAN_PERMIT, "01234567(B)", "or 10"),
    (SubjectKind.TAIWAN_PERMIT, "0123456701(B", "or 10"), (SubjectKind.TAIWAN_PERMIT, "0123456701(AB)", "or 10"),
    (SubjectKind.TAIWAN_PERMIT, "0123456701()", "or 10"), (SubjectKind.TAIWAN_PERMIT, "01234567012", "or 10"),
    (SubjectKind.TAIWAN_PERMIT, "A123456701(B)", "or 10"),
    (SubjectKind.HONG_KONG_MACAO_PERMIT, "A12345678", "H or M"), (SubjectKind.CERTIFICATE_NUMBER, "61999999051123456", "17 in 2001"),
    (SubjectKind.PROPERTY_UNIT, "320508001001 GB00001F00010 001", "four groups"),
    (SubjectKind.CERTIFICATE_NUMBER, "10285200302000001", "17 in 2001"),
    (SubjectKind.UNCHECKED_CERTIFICATE_NUMBER, "102851201902000001", "certificate_number"),
    (SubjectKind.UNCHECKED_CERTIFICATE_NUMBER, " ", "1 to 64"), (SubjectKind.UNCHECKED_CERTIFICATE_NUMBER, "\u200b", "1 to 64"),
    (SubjectKind.UNCHECKED_CERTIFICATE_NUMBER, "10285\u200b1201902000001", "certificate_number"),
    (SubjectKind.UNCHECKED_CERTIFICATE_NUMBER, "a\x01", "1 to 64"),
]  # fmt: skip
ACCEPTED = [
    (SubjectKind.CITIZEN_ID, SHORT, PERSON), (SubjectKind.CITIZEN_ID, "１１０１０５４９１２３１００２", PERSON),
    (SubjectKind.CITIZEN_ID, "81000019910101001" + citizen_check_character("81000019910101001"), None),
    (SubjectKind.CITIZEN_ID, "83000019910101001" + citizen_check_character("83000019910101001"), None),
    (SubjectKind.FOREIGNER_CARD, "911124198108030024", None), (SubjectKind.FOREIGNER_CARD, "can110281080310", "CAN110281080310"),
    (SubjectKind.PASSPORT, "e12345678", "E12345678"), (SubjectKind.TAIWAN_PERMIT, "01234567", None),
    (SubjectKind.TAIWAN_PERMIT, "0123456701(B)", "01234567"), (SubjectKind.TAIWAN_PERMIT, "０１２３４５６７０１（b）", "01234567"),
    (SubjectKind.TAIWAN_PERMIT, "0123456701(1)", "01234567"), (SubjectKind.TAIWAN_PERMIT, "0123456701", "01234567"),
    (SubjectKind.HONG_KONG_MACAO_PERMIT, "H12345678", None), (SubjectKind.HONG_KONG_MACAO_PERMIT, "m1234567801", "M12345678"),
    (SubjectKind.PROPERTY_UNIT, "320508 001001 GB00001 F00010001", "320508001001GB00001F00010001"),
    (SubjectKind.PROPERTY_UNIT, "320508　001001\u00a0GB00001 F00010001", "320508001001GB00001F00010001"),
    (SubjectKind.CERTIFICATE_NUMBER, "10285200205000001", None), (SubjectKind.CERTIFICATE_NUMBER, "102856201905000001", None),
    (SubjectKind.CERTIFICATE_NUMBER, "65320500051123456", None),
    (SubjectKind.UNCHECKED_CERTIFICATE_NUMBER, "京教（97）毕字　第001号", "京教(97)毕字 第001号"),
    (SubjectKind.UNCHECKED_CERTIFICATE_NUMBER, "\ufeff京教\u200b（97）毕字 \u200e第001号 \u202c", "京教(97)毕字 第001号"),
    (SubjectKind.IRREGULAR_USCC, "113205000000140158", None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "rule"), REFUSED)
def test_an_identifier_that_was_never_issued_is_refused(kind: SubjectKind, text: str, rule: str) -> None:
    with pytest.raises(IdentifierError, match=rule) as caught:
        parse_identifier(kind, text)
    assert not text.strip() or text not in str(caught.value)


@pytest.mark.parametrize(("kind", "text", "canonical"), ACCEPTED)
def test_an_identifier_has_one_canonical_spelling(kind: SubjectKind, text: str, canonical: str | None) -> None:
    assert parse_identifier(kind, text) == (canonical or text)


@given(st.sampled_from(list(SubjectKind)), st.text(alphabet="0123456789XHME 京·ａ９.()\u200b\ufeff", max_size=30))
def test_a_canonical_spelling_is_read_as_itself(kind: SubjectKind, text: str) -> None:
    try:
        found = parse_identifier(kind, text)
    except IdentifierError:
        return
    assert parse_identifier(kind, found) == found


@given(st.dates(date(1850, 1, 1), date(2020, 12, 31)), st.integers(1, 999))
def test_fifteen_digits_name_the_same_person_as_eighteen_or_none(born: date, number: int) -> None:
    long = citizen_id("320508", born, number)
    assert ric.calc_check_digit(long) == long[-1]
    assert parse_identifier(SubjectKind.CITIZEN_ID, long) == long
    short = short_citizen_id(long)
    assert not short or parse_identifier(SubjectKind.CITIZEN_ID, short) == long
    assert bool(short) == (born.year // 100 == (18 if number >= 996 else 19))


def test_a_child_born_after_the_node_was_started_is_a_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons, "_START", date(2020, 1, 1))
    child = citizen_id("320508", datetime.now(CHINA).date(), 1)
    assert parse_identifier(SubjectKind.CITIZEN_ID, child) == child


def test_a_source_that_issued_codes_irregularly_is_taken_at_its_word() -> None:
    assert parse_identifier(SubjectKind.IRREGULAR_USCC, "113205000000140158") == "113205000000140158"
    with pytest.raises(IdentifierError, match="positions 3 to 8"):
        parse_identifier(SubjectKind.IRREGULAR_USCC, "91A100006000373411")


def test_of_several_kinds_in_a_column_the_first_that_fits_is_taken() -> None:
    kinds = (SubjectKind.USCC, SubjectKind.IRREGULAR_USCC)
    assert parse_any(kinds, "113205000000140157") == (SubjectKind.USCC, "113205000000140157")
    assert parse_any(kinds, "113205000000140158") == (SubjectKind.IRREGULAR_USCC, "113205000000140158")
    with pytest.raises(IdentifierError, match="18 characters"):
        parse_any(kinds, "x")


@given(st.integers(1, 7), st.text("0123456789", min_size=16, max_size=16))
def test_a_citizen_id_has_a_date_and_check_that_another_library_accepts(first: int, text: str) -> None:
    digits = f"{first}{text}"
    long = digits + ric.calc_check_digit(digits + "0")
    try:
        parse_identifier(SubjectKind.CITIZEN_ID, long)
    except IdentifierError:
        return
    assert ric.get_birth_date(long) <= datetime.now(CHINA).date()


@given(
    st.sampled_from(["91", "11", "52"]),
    st.from_regex("[1-8][0-9]{5}", fullmatch=True),
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9),
)
def test_a_uscc_is_valid_exactly_if_another_library_accepts_it(kind: str, region: str, organisation: str) -> None:
    first = kind + region + organisation
    code = first + uscc.calc_check_digit(first)
    assert parse_uscc(code) == uscc.validate(code)
