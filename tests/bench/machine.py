"""Benchmarks of the machine: how much processors slow each other down."""

import os
import subprocess
import sys
from statistics import median

from tests.bench.report import Row

_SECONDS = 0.5
_TRIES = 5
_ABOUT = "a thousand entries of a dictionary a turn; an interpreter built without its profile does two fifths fewer"
_WORK = f"""
import time
end, turns = time.perf_counter() + {_SECONDS}, 0
while time.perf_counter() < end:
    found = {{str(number): [number] for number in range(1000)}}
    turns += 1
print(turns)
"""


def measure_machine(when: str, rows: list[Row]) -> None:
    """Run the same work alone and on all processors, in turns; ``when`` is the time within the run."""
    processors = os.cpu_count() or 1
    alone, together = [], []
    for _ in range(_TRIES):
        together.append(_turns(processors))
        alone.append(_turns(1))
    rows.append(Row(f"Python on one processor, {when} this run", median(alone) / _SECONDS, "turns/s", "", _ABOUT))
    ratios = sorted(many / one for many, one in zip(together, alone, strict=True))
    note = f"Python work beside itself, {ratios[0]:.2f} to {ratios[-1]:.2f}; {processors} would be whole processors"
    rows.append(Row(f"{processors} processors / one, {when} this run", median(ratios), "times", "", note))


def _turns(count: int) -> int:
    running = [subprocess.Popen([sys.executable, "-c", _WORK], stdout=subprocess.PIPE, text=True) for _ in range(count)]
    return sum(int(process.communicate()[0]) for process in running)
