import random

import pytest
from stdnum.cn import ric, uscc

from registry.errors import IdentifierError
from registry.identifiers import (
    SubjectKind,
    citizen_check_character,
    parse_identifier,
    parse_uscc,
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
        ("", "17 digits"), ("x" * 129, "at most 128"), ("11010519491231002X; DROP", "17 digits"),
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
