"""Tests of names: equal however they are typed, and different where people distinguish them."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.gbk import ASSIGNED, assigned
from registry.names import RULES, is_unreadable, normal, rules_applied

NAME = "阿依努尔·买买提"
DOTS = (
    "\u00b7\u2022\u2027\u30fb\uff65\uff0e.\u2024\u3002\uff61\u2219\u22c5\u16eb\u25cf\u2010\u2011\u02d9\u0387\u2e31\u2e33\ua78f"
    "\ufe12\ufe52"
)
INVISIBLE = "\u00ad\u034f\u061c\u115f\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\u206f\u3164\ufe00\ufe0f\ufeff\uffa0\ufffb\U000e0100\U000e01ef\x00\x7f"
APOSTROPHES = "\u2018\u2019\u201b\u02bc\u02bb\u02bd\u02b9\u2032\u2035\u00b4`\ua78c\u055a\uff07"
SAME = [
    ("dot", "阿依努尔.买买提", NAME), ("dot", "阿依努尔。买买提", NAME), ("invisible", "张\u200b三\ufeff", "张三"),
    ("invisible", "\u202a张三\u202c", "张三"), ("invisible", "葛\U000e0100", "葛"), ("invisible", "ᠪᠠ\u180bᠭ", "ᠪᠠᠭ"),
    ("width", "ＺＨＡＮＧ", "ZHANG"), ("apostrophe", "O’Neil", "O'Neil"), ("apostrophe", "Oʼneil", "O´neil"),
    ("radical", "⻢三", "马三"), ("radical", "⼀", "一"), ("compatibility", "﨎\uf900", "﨎豈"),
    ("compatibility", "José", "Jose\u0301"), ("space", "张　三", "张三"), ("space", "张\r\n三\t", "张三"),
    ("case", "Zhang", "ZHANG"), ("hyphen", "人民路5‐3号", "人民路5-3号"),
    ("hyphen", "8号—2", "8号-2"), ("hyphen", "A‑3室", "A-3室"), ("hyphen", "A–B座", "A-B座"), ("hyphen", "５－３−１", "５－３-１"),
    ("gbk", "\ue863三", "䶮三"), ("gbk", "\ue816", "\U00020087"),
]  # fmt: skip
DIFFERENT = [
    ("张三", "张三丰"), ("张国", "張國"), ("后", "後"), ("吴", "吳"), ("未", "末"), ("\ue000", "\ue001"), ("1 12", "11 2"),
    ("1²", "12"), ("①2", "12"), ("1½", "11/2"), ("Jose", "José"), ("𮯰", "𮯱"), ("Anna-Maria", "Anna Maria"),
    ("5‐3号", "5.3号"), ("5-3号", "53号"), ("阿依努尔-买买提", NAME), ("阿依努尔—买买提", NAME), ("A‐B", "A-B"),
]  # fmt: skip
EQUIVALENT = """
my ($starts, $values) = prop_invmap("Equivalent_Unified_Ideograph");
for my $at (0 .. $#$starts - 1) {
    next if $values->[$at] eq "" || $starts->[$at] < 0x2E80 || $starts->[$at] > 0x2FD5;
    print "$_ $values->[$at]\n" for $starts->[$at] .. $starts->[$at + 1] - 1;
}
"""
IGNORABLE = """
my ($starts, $values) = prop_invmap("Default_Ignorable_Code_Point");
for my $at (0 .. $#$starts - 1) {
    print "$starts->[$at] $starts->[$at + 1]\n" if $values->[$at] eq "Y";
}
"""
TEXTS = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(f"{DOTS}\u2013\u2014-’'\u200b\ue863 aA１1三⻢"))
)


@pytest.mark.parametrize("dot", DOTS)
def test_a_name_is_the_same_whichever_middle_dot_is_typed(dot: str) -> None:
    assert normal(f"阿依努尔{dot}买买提") == normal(NAME)


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
def test_a_name_is_the_same_whichever_apostrophe_is_typed(apostrophe: str) -> None:
    assert normal(f"O{apostrophe}Neil") == normal("O'Neil")


@pytest.mark.parametrize("character", INVISIBLE)
def test_a_character_that_shows_nothing_changes_no_name(character: str) -> None:
    assert normal(f"葛{character}三") == normal("葛三")
    assert rules_applied(f"葛{character}三", "葛三") == ("invisible",)


@pytest.mark.skipif(not shutil.which("perl"), reason="no perl to compare with")
def test_characters_that_unicode_ignores_change_no_name() -> None:
    asked = ["perl", "-MUnicode::UCD=prop_invmap", "-e", IGNORABLE]
    found = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    codes = [code for line in found for code in range(*map(int, line.split()))]
    assert len(codes) > 4000
    assert [f"{code:04X}" for code in codes if normal(f"葛{chr(code)}三") != "葛三"] == []


@pytest.mark.skipif(not shutil.which("perl"), reason="no perl to compare with")
def test_a_radical_is_the_ideograph_that_unicode_says() -> None:
    asked = ["perl", "-MUnicode::UCD=prop_invmap", "-e", EQUIVALENT]
    found = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    said = {chr(int(one)): chr(int(other)) for one, other in map(str.split, found)}
    assert len(said) == 114 + 214
    assert {one: normal(one) for one in said} == {one: normal(other) for one, other in said.items()}


@pytest.mark.parametrize(("rule", "left", "right"), SAME)
def test_the_rule_that_makes_two_names_equal_is_named(rule: str, left: str, right: str) -> None:
    assert rules_applied(left, right) == rules_applied(right, left) == (rule,)


def test_of_several_rules_each_that_is_needed_is_named_in_order() -> None:
    assert rules_applied("Ａ．b  c", "a·bc") == ("width", "dot", "space", "case")
    assert rules_applied("a.b ", "a.b") == ("space",)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_names_that_people_tell_apart_stay_different(left: str, right: str) -> None:
    assert normal(left) != normal(right)
    assert rules_applied(left, right) == ()


def test_a_replacement_for_a_lost_character_is_not_removed() -> None:
    assert len({normal(f"王{lost}三") for lost in ("", "?", "\x1a", "\ufffd", "□", "〓")}) == 6


@given(TEXTS)
def test_a_normal_text_is_unchanged(text: str) -> None:
    assert normal(normal(text)) == normal(text)


@given(TEXTS, TEXTS)
def test_rules_are_named_for_equal_names_only_and_whichever_comes_first(left: str, right: str) -> None:
    for one in (right, normal(left), left.swapcase(), f" {left}\u200b", left.replace(".", "·")):
        rules = rules_applied(left, one)
        assert rules == rules_applied(one, left)
        assert bool(rules) == (left != one and normal(left) == normal(one))
        assert set(rules) <= set(RULES)


def test_every_character_is_settled_after_one_reading() -> None:
    texts = [f"{chr(code)}a" for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
    assert [text for text in texts if normal(normal(text)) != normal(text)] == []


def test_the_80_characters_of_gbk_are_those_of_the_standard() -> None:
    pages = [0xFE00 + at for at in (*range(0x50, 0x7F), *range(0x80, 0xA1))]
    assert len(pages) == 80
    for code, page in zip(range(0xE815, 0xE865), pages, strict=True):
        read = page.to_bytes(2).decode("gb18030")  # by the table of 2000, which leaves some in private use
        assert ASSIGNED[code] == assigned(read)
        assert read in (chr(code), ASSIGNED[code])
    assert assigned("\ue863\ue81e\ue864") == "䶮\u9fb4\u9fbb"


@pytest.mark.skipif(not shutil.which("iconv"), reason="no iconv to compare with")
def test_private_use_of_gb18030_is_read_as_another_library_reads_it() -> None:
    first = [lead << 8 | trail for lead in (0xA6, 0xA8, 0xFE) for trail in range(0x40, 0xFF) if trail != 0x7F]
    for code in first:
        read = code.to_bytes(2).decode("gb18030", "replace")
        if 0xE000 <= ord(read[0]) <= 0xF8FF:
            other = subprocess.run(
                ["iconv", "-f", "GB18030", "-t", "UTF-8"], input=code.to_bytes(2), capture_output=True
            )
            assert assigned(read) == other.stdout.decode()


@pytest.mark.parametrize(
    "text",
    [
        "王?",
        "王？",
        "王\ufffd",
        "wang\x1a",
        "王\x1a",
        "王\ue000",
        "王\U000f0001",
        "锟斤拷",
        "王□",
        "王〓",
        "王*",
        "*芳",
        "王&#19886;",
        "&#x4DAE;",
        "买&middot;提",
    ],
)
def test_a_name_that_its_store_could_not_hold_is_unreadable(text: str) -> None:
    assert is_unreadable(text)


@pytest.mark.parametrize("text", ["王\ue863", NAME, "𮯰", "ཚེ་རིང", "", "5*3", "R&D", "甲&乙"])
def test_a_rare_name_is_readable(text: str) -> None:
    assert not is_unreadable(text)
