"""What an invented person has learned, owns and has earned."""

from datetime import date, timedelta
from random import Random

from exchange.demo.person import Degree, Home, Month, Person

DISTRICTS = ("320505", "320506", "320507", "320508", "320509")
_SCHOOLS = (
    ("10285", "苏州大学"),
    ("10284", "南京大学"),
    ("10246", "复旦大学"),
    ("10335", "浙江大学"),
    ("10358", "中国科学技术大学"),
)
_SUBJECTS = ("计算机科学与技术", "机械工程", "临床医学", "汉语言文学", "金融学", "土木工程", "材料科学与工程", "法学")
_STREETS = ("人民路", "干将东路", "星湖街", "现代大道", "中山南路", "观前街", "太湖东路")
_LEVELS = {"doctor": ("2", "01", 27), "master": ("3", "02", 25), "bachelor": ("4", "05", 22)}


def study(person: Person, number: int, random: Random, today: date) -> None:
    """Add the degrees that a person has by today."""
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
            person.degrees.append(degree(level, code, school, subject, awarded, number))


def degree(level: str, code: str, school: str, subject: str, awarded: date, number: int) -> Degree:
    """Return a degree with its numbers."""
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


def home(number: int, at: int, random: Random) -> Home:
    """Return a home that a person owns alone."""
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


def shared(home: Home) -> Home:
    """Return a half share in a home."""
    return Home(home.unit, home.certificate, home.location, home.area, "50", home.registered, home.status)


def months(today: date, count: int, base: int, unpaid: set[int]) -> list[Month]:
    """Return the months before today's, newest first: contributions arrive a month late."""
    found = []
    for back in range(1, count + 1):
        ordinal = today.year * 12 + today.month - 1 - back
        month = f"{ordinal // 12:04d}{ordinal % 12 + 1:02d}"
        tax = max(base - 5_000, 0) * 3 / 100
        found.append(Month(month, base, back - 1 not in unpaid, f"{tax:.2f}"))
    return found
