"""An invented population, deterministic for a size, seed and day, and generated person by person.

All facts about a person are consistent: check digits, the sex in the id, shared ownership of flats, periods of work.
Some people have died, moved or changed their name. Departments also have errors: records from before a change of name
have the former one, names are mistyped, and months arrive late.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from exchange.demo.ids import citizen_id, enterprise_code
from exchange.demo.lives import DISTRICTS, degree, home, months, shared, study
from exchange.demo.names import make_name
from exchange.demo.person import Enterprise, Home, Person

# Ids keep the district of their time: Suzhou's 沧浪, 平江 and 金阊 became 姑苏 (320508) in 2012. With the years of its code.
_ORIGINS = (
    ("320502", 1983, 2012), ("320503", 1983, 2012), ("320504", 1983, 2012), ("320508", 2012, 9999), ("320506", 2000, 9999),
    ("330106", 1983, 9999), ("370102", 1983, 9999), ("410105", 1983, 9999), ("610113", 1983, 9999), ("510107", 1990, 9999),
    ("650102", 1983, 9999), ("540102", 1983, 9999), ("110105", 0, 9999), ("310105", 0, 9999), ("120103", 0, 9999),
    ("330122", 0, 9999), ("340121", 0, 9999), ("430121", 0, 9999), ("510121", 0, 9999), ("610323", 0, 9999),
    ("540121", 0, 9999), ("650121", 0, 9999),
)  # fmt: skip
_QUALIFICATIONS = ("一级建造师", "注册会计师", "执业药师", "注册消防工程师")
_PRIME = 999_983  # a stride through birth dates and sequence numbers that repeats no id


def people(count: int, seed: int, today: date) -> Iterator[Person]:
    """Yield the population in a fixed order; the first person is the applicant of the demo's case."""
    random = Random(seed)
    yield _applicant(today)
    couple: Person | None = None
    for number in range(1, count):
        person = _person(number, random, today)
        whole = couple is not None and bool(couple.homes) and couple.homes[0].share == "100"
        if couple is not None and whole and random.random() < 0.5:  # half of the couples own together
            couple.homes[0] = shared(couple.homes[0])
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
    person.degrees.append(degree("master", "10285", "苏州大学", "计算机科学与技术", date(2019, 6, 20), 1))
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
    person.months = months(today, 30, 15_000, set())
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
        study(person, number, random, today)
    if 20 <= age <= 60 and status == "0" and random.random() < 0.7:
        person.employer = enterprise_code(random.randrange(200))
        unpaid = {random.randrange(24) for _ in range(random.choice((0, 0, 0, 3)))}
        person.months = months(today, random.choice((3, 8, 18, 24)), random.randrange(4_500, 30_000, 100), unpaid)
    if age >= 25 and random.random() < 0.4:
        person.homes = [home(number, at, random) for at in range(random.choice((1, 1, 1, 2)))]
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
