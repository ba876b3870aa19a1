"""A process with concurrent queries; prints the numbers of wrong and failed answers."""

import asyncio
import random
import sys

from adapters.errors import SourceError
from adapters.sql import SqlSource
from tests.support.sources import CITIZEN, ONE, TWO, description

TRUTH = {
    ONE: {"name": "张三", "sex": "male", "day": "2020-01-31", "amount": "10.50"},
    TWO: {"name": "阿依努尔·买买提", "sex": "female", "day": "1994-06-18", "amount": "7"},
}


async def ask_often(url: str, count: int) -> str:
    source = SqlSource(description(), url)
    wrong = failed = 0

    async def ask() -> None:
        nonlocal wrong, failed
        key, field = random.choice((ONE, TWO)), random.choice(("name", "sex", "day", "amount"))
        try:
            found = await source.fetch(CITIZEN, [key], [field], 20)
        except SourceError:
            failed += 1
        else:
            wrong += found.records != {key: [{field: TRUTH[key][field]}]}

    for _ in range(count // 5):
        await asyncio.gather(*[ask() for _ in range(5)])
    await source.close()
    return f"{wrong} {failed}"


if __name__ == "__main__":
    print(asyncio.run(ask_often(sys.argv[1], int(sys.argv[2]))))
