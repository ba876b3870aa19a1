"""What the machine itself can do: whether its processors are whole ones."""

import os
import subprocess
import sys

from tests.bench.report import Row

_SECONDS = 1.0
_WORK = f"""
import time
end, turns = time.perf_counter() + {_SECONDS}, 0
while time.perf_counter() < end:
    found = {{str(number): [number] for number in range(1000)}}
    turns += 1
print(turns)
"""


def measure_machine(rows: list[Row]) -> None:
    """Run the same work once alone, then once a processor at the same time."""
    processors = os.cpu_count() or 1
    alone = max(_turns(1) for _ in range(3))
    together = max(_turns(processors) for _ in range(3))
    note = "the same Python work beside itself; each figure below is of a machine that is worth so many"
    rows.append(Row(f"what {processors} processors do at once / one alone", together / alone, "times", "", note))


def _turns(count: int) -> int:
    running = [subprocess.Popen([sys.executable, "-c", _WORK], stdout=subprocess.PIPE, text=True) for _ in range(count)]
    return sum(int(process.communicate()[0]) for process in running)
