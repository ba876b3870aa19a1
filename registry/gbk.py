"""Characters that GBK and GB 18030 map to private-use code points and Unicode has encoded since.

Stores that decode GBK by an old table keep these characters as private-use ones: U+E863 is 䶮 (U+4DAE). Sources of the
table: GB 18030-2000, -2005 and -2022, two-byte codes FE50 to FEA0 (80 characters), A6D9 to A6F3 (vertical punctuation),
A8BC, A8BF and A989 to A995, and the euro sign at A2E3. Other private-use code points have a local meaning only, and are
unchanged.
"""

_FE50 = (
    "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱"
    "䎬⺻䏝䓖䙡䙌龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻"
)

ASSIGNED: dict[int, str] = {
    **{0xE815 + at: character for at, character in enumerate(_FE50)},
    **dict(zip(range(0xE78D, 0xE797), "︐︒︑︓︔︕︖︗︘︙", strict=True)),
    **dict(zip(range(0xE7E7, 0xE7F4), "〾⿰⿱⿲⿳⿴⿵⿶⿷⿸⿹⿺⿻", strict=True)),
    0xE7C7: "\u1e3f",  # m with acute
    0xE7C8: "\u01f9",  # n with grave
    0xE76C: "€",
}
"""Characters by private-use code point, a table for ``str.translate``."""


def assigned(text: str) -> str:
    """Return a text with GBK's private-use code points replaced by their characters."""
    return text if text.isascii() else text.translate(ASSIGNED)
