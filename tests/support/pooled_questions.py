"""Processes with concurrent queries; each prints the numbers of wrong and failed answers.

``python -m tests.support.pooled_questions <URL> <queries of each> <processes>``
"""

import asyncio
import os
import random
import sys
from multiprocessing import get_context

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


def _ask(url: str, count: int) -> None:
    os.write(1, f"{asyncio.run(ask_often(url, count))}\n".encode())  # at once: other processes write there, too


if __name__ == "__main__":
    # Forks of one process, which has imported everything and connected nowhere.
    asking = [
        get_context("fork").Process(target=_ask, args=(sys.argv[1], int(sys.argv[2]))) for _ in range(int(sys.argv[3]))
    ]
    for process in asking:
        process.start()
    for process in asking:
        process.join()
    sys.exit(any(process.exitcode for process in asking))
