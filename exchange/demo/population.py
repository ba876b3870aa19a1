"""An invented population, deterministic for a size, seed and day, and generated person by person.

All facts about a person are consistent: check digits, the sex in the id, shared ownership of flats, periods of work.
Some people have died, moved or changed their name. Departments also have errors: records from before a change of name
have the former one, names are mistyped, and months arrive late.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from exchange.demo.names import make_name
from registry.identifiers import citizen_check_character, uscc_check_character

DISTRICTS = ("320505", "320506", "320507", "320508", "320509")
# Ids keep the district of their time: Suzhou's 沧浪, 平江 and 金阊 became 姑苏 (320508) in 2012. With the years of its code.
_ORIGINS = (
    ("320502", 1983, 2012), ("320503", 1983, 2012), ("320504", 1983, 2012), ("320508", 2012, 9999), ("320506", 2000, 9999),
    ("330106", 1983, 9999), ("370102", 1983, 9999), ("410105", 1983, 9999), ("610113", 1983, 9999), ("510107", 1990, 9999),
    ("650102", 1983, 9999), ("540102", 1983, 9999), ("110105", 0, 9999), ("310105", 0, 9999), ("120103", 0, 9999),
    ("330122", 0, 9999), ("340121", 0, 9999), ("430121", 0, 9999), ("510121", 0, 9999), ("610323", 0, 9999),
    ("540121", 0, 9999), ("650121", 0, 9999),
)  # fmt: skip
_SCHOOLS = (
    ("10285", "苏州大学"),
    ("10284", "南京大学"),
    ("10246", "复旦大学"),
    ("10335", "浙江大学"),
    ("10358", "中国科学技术大学"),
)
_SUBJECTS = ("计算机科学与技术", "机械工程", "临床医学", "汉语言文学", "金融学", "土木工程", "材料科学与工程", "法学")
_QUALIFICATIONS = ("一级建造师", "注册会计师", "执业药师", "注册消防工程师")
_STREETS = ("人民路", "干将东路", "星湖街", "现代大道", "中山南路", "观前街", "太湖东路")
_LEVELS = {"doctor": ("2", "01", 27), "master": ("3", "02", 25), "bachelor": ("4", "05", 22)}
_PRIME = 999_983  # a stride through birth dates and sequence numbers that repeats no id


@dataclass(frozen=True, slots=True)
class Degree:
    """A degree and its diploma."""

    level: str
    institution: str
    degree_number: str
    diploma_number: str
    subject: str
    awarded: date


@dataclass(frozen=True, slots=True)
class Home:
    """A person's share in a property."""

    unit: str
    certificate: str
    location: str
    area: str
    share: str
    registered: date
    status: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month of work: the contribution base, whether it was paid, and the tax paid on it."""

    month: str
    base: int
    paid: bool
    tax: str


@dataclass(slots=True)
class Person:
    """One inhabitant, with the data of all departments.

    A changed name is valid from ``renamed`` on; ``mistyped`` is the housing fund's wrong spelling, or empty; ``late``
    are the newest months that the tax authority has not booked yet.
    """

    id: str
    name: str
    former_name: str
    sex: str
    ethnic_group: str
    born: date
    region: str
    status: str
    degrees: list[Degree] = field(default_factory=list)
    homes: list[Home] = field(default_factory=list)
    months: list[Month] = field(default_factory=list)
    employer: str = ""
    arrears: str = ""
    qualification: str = ""
    renamed: date = date.min
    mistyped: str = ""
    late: int = 0

    def known_as(self, day: date) -> str:
        """Return the name in records of a day."""
        return self.former_name if self.former_name and day < self.renamed else self.name


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A company."""

    uscc: str
    name: str
    representative: str
    capital: str
    established: date
    status: str


def people(count: int, seed: int, today: date) -> Iterator[Person]:
    """Yield the population in a fixed order; the first person is the applicant of the demo's case."""
    random = Random(seed)
    yield _applicant(today)
    couple: Person | None = None
    for number in range(1, count):
        person = _person(number, random, today)
        whole = couple is not None and bool(couple.homes) and couple.homes[0].share == "100"
        if couple is not None and whole and random.random() < 0.5:  # half of the couples own together
            couple.homes[0] = _shared(couple.homes[0])
            person.homes.append(couple.homes[0])
        if couple is not None:
            yield couple
        couple = person
    if couple is not None:
        yield couple


def enterprises(count: int, seed: int) -> Iterator[Enterprise]:
    """Yield employers in a fixed order, one for about fifty people."""
    random = Random(f"{seed} enterprises")
    for number in range(max(count // 50, 1)):
        kind = random.choice(("科技", "精密机械", "生物医药", "文化传播", "物流"))
        founded = date(2000, 1, 1) + timedelta(days=random.randrange(9000))
        yield Enterprise(
            enterprise_code(number),
            f"苏州{random.choice('华瑞恒盛金鼎泰和')}{random.choice('达源丰信诚创腾远')}{kind}有限公司",
            citizen_id("310105", date(1970, 1, 1) + timedelta(days=number % 7000), number % 998 + 1),
            str(random.choice((50, 100, 500, 1000, 5000))),
            founded,
            "1" if random.random() > 0.05 else random.choice("23"),  # one in twenty has closed
        )


def citizen_id(region: str, born: date, sequence: int) -> str:
    """Return a citizen id; odd sequence numbers are men's."""
    first = f"{region}{born:%Y%m%d}{sequence:03d}"
    return first + citizen_check_character(first)


def enterprise_code(number: int) -> str:
    """Return the USCC of the numbered enterprise."""
    first = f"91320500{number:08d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    check = -sum(int(digit) * weight for digit, weight in zip(first[8:], weights, strict=True)) % 11
    first += "X" if check == 10 else str(check)  # GB 11714
    return first + uscc_check_character(first)


def _applicant(today: date) -> Person:
    """Return the applicant: a Uyghur engineer whose name has a different middle dot in each department."""
    person = Person(
        citizen_id("650102", date(1994, 6, 18), 28),
        "阿依努尔·买买提",
        "",
        "2",
        "维吾尔族",
        date(1994, 6, 18),
        "650102",
        "0",
    )
    person.degrees.append(_degree("master", "10285", "苏州大学", "计算机科学与技术", date(2019, 6, 20), 1))
    person.homes.append(
        Home(
            "320508001001GB00001F00010001",
            "苏（2024）苏州市不动产权第5000001号",
            "苏州市姑苏区人民路100号1幢101室",
            "89.52",
            "100",
            date(2024, 3, 8),
            "1",
        )
    )
    person.employer = enterprise_code(0)
    person.months = _months(today, 30, 15_000, set())
    return person


def _person(number: int, random: Random, today: date) -> Person:
    name, people_name = make_name(random)
    day = number * _PRIME % 25_000
    born = date(1945, 1, 1) + timedelta(days=day)
    sequence = number // 25_000 * 7 % 997 + 1
    origin = random.choice([code for code, first, last in _ORIGINS if first <= born.year <= last])
    region = random.choice(DISTRICTS)
    former = make_name(random)[0] if random.random() < 0.02 else ""  # two in a hundred
    age = today.year - born.year
    status = "1" if age > 70 and random.random() < 0.2 else "2" if random.random() < 0.03 else "0"
    person = Person(
        citizen_id(origin, born, sequence),
        name,
        former,
        "1" if sequence % 2 else "2",
        people_name,
        born,
        region,
        status,
    )
    if 22 <= age <= 60 and random.random() < 0.35:
        _study(person, number, random, today)
    if 20 <= age <= 60 and status == "0" and random.random() < 0.7:
        person.employer = enterprise_code(random.randrange(200))
        unpaid = {random.randrange(24) for _ in range(random.choice((0, 0, 0, 3)))}
        person.months = _months(today, random.choice((3, 8, 18, 24)), random.randrange(4_500, 30_000, 100), unpaid)
    if age >= 25 and random.random() < 0.4:
        person.homes = [_home(number, at, random) for at in range(random.choice((1, 1, 1, 2)))]
    if random.random() < 0.01:
        person.arrears = f"{random.randrange(100, 50_000)}.00"
    if person.degrees and random.random() < 0.1:
        person.qualification = random.choice(_QUALIFICATIONS)
    grown = born + timedelta(days=18 * 366 + number * _PRIME % 8_000)
    person.renamed = min(grown, today - timedelta(days=30))
    if number % 211 == 0:
        person.mistyped = person.name[:-1] + ("伟" if person.name[-1] != "伟" else "玮")
    if number % 41 == 0:
        person.late = min(1 + number % 2, max(len(person.months) - 1, 0))
    return person


def _study(person: Person, number: int, random: Random, today: date) -> None:
    levels = [
        "bachelor",
        *(["master"] if random.random() < 0.3 else []),
        *(["doctor"] if random.random() < 0.05 else []),
    ]
    subject = random.choice(_SUBJECTS)
    for level in levels:
        code, school = random.choice(_SCHOOLS)
        awarded = date(person.born.year + _LEVELS[level][2], 6, 20)
        if awarded < today:
            person.degrees.append(_degree(level, code, school, subject, awarded, number))


def _degree(level: str, code: str, school: str, subject: str, awarded: date, number: int) -> Degree:
    degree_level, diploma_level, _ = _LEVELS[level]
    serial = number % 1_000_000
    return Degree(
        level,
        school,
        f"{code}{degree_level}{awarded.year}{serial:06d}",
        f"{code}1{awarded.year}{diploma_level}{serial:06d}",
        subject,
        awarded,
    )


def _home(number: int, at: int, random: Random) -> Home:
    district = random.choice(DISTRICTS)
    block, flat = number % 100_000, random.randrange(1, 2_000)
    unit = f"{district}001001GB{block:05d}F{at + 1:04d}{flat:04d}"
    registered = date(2008, 1, 1) + timedelta(days=random.randrange(6_500))
    return Home(
        unit,
        f"苏（{registered.year}）苏州市不动产权第{5_000_002 + number * 2 + at:07d}号",
        f"苏州市{random.choice(_STREETS)}{random.randrange(1, 999)}号{random.randrange(1, 30)}幢{flat}室",
        f"{random.randrange(4_000, 16_000) / 100:.2f}",
        "100",
        registered,
        random.choice("1111112"),
    )


def _shared(home: Home) -> Home:
    return Home(home.unit, home.certificate, home.location, home.area, "50", home.registered, home.status)


def _months(today: date, count: int, base: int, unpaid: set[int]) -> list[Month]:
    """Return the months before today's, newest first: contributions arrive a month late."""
    found = []
    for back in range(1, count + 1):
        ordinal = today.year * 12 + today.month - 1 - back
        month = f"{ordinal // 12:04d}{ordinal % 12 + 1:02d}"
        tax = max(base - 5_000, 0) * 3 / 100
        found.append(Month(month, base, back - 1 not in unpaid, f"{tax:.2f}"))
    return found
