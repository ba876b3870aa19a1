"""The report: prints figures as they are measured, and writes docs/benchmarks.md with its plots."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from rich.console import Console

mpl.use("svg")
from matplotlib import pyplot as plt  # after the backend is set

DOCS = Path(__file__).parents[2] / "docs"
console = Console(highlight=False, width=140)

Curves = Mapping[str, Mapping[str, Sequence[tuple[float, float]]]]
"""Plot → line → points. A plot's name is its title, with its axes after ``|``."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; ``wanted`` is its goal."""

    name: str
    value: float
    unit: str
    wanted: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        console.print(f"  {self.name:<52} {self.text:>16}   {self.wanted:<16} {self.note}", soft_wrap=True)

    @property
    def text(self) -> str:
        """Return the figure as text."""
        digits = 0 if abs(self.value) >= 100 else 2
        return f"{self.value:,.{digits}f} {self.unit}"


def _command() -> str:
    arguments = " ".join(sys.argv[1:])
    return f'make bench ARGS="{arguments}"' if arguments else "make bench"


def _written_by_hand(report: Path) -> str:
    """Return the report's hand-written sections, which the next run keeps."""
    former = report.read_text() if report.is_file() else ""
    _, heading, rest = former.partition("\n## ")
    return f"{heading}{rest}".lstrip("\n")


def write_report(rows: Sequence[Row], curves: Curves, about: str) -> None:
    """Write the table and an SVG file a plot; keep the hand-written sections."""
    report = DOCS / "benchmarks.md"
    lines = [
        "# Benchmarks",
        "",
        f"For engineers who compare speed. `{_command()}` measured all figures in one run on one machine: {about}.",
        "Peers ran on the same data and cores. *echo* is a bare grpc.aio server with the same TLS, workers and response size: the",
        "upper limit. It has gRPC's defaults, without ADR 25 to 27. *plain* is a typical in-house service (FastAPI, SQLAlchemy, one JWT and one audit row a call).",
        "The load generator and PostgreSQL shared the cores. Compared figures were measured by turns in five rounds: medians, and for ratios the median of the rounds' ratios ([measuring](benchmarks/measuring.md)).",
        "",
        "| figure | measured | target | note |",
        "|---|---:|---|---|",
        *[f"| {row.name} | {row.text} | {row.wanted} | {row.note} |" for row in rows],
        "",
    ]
    for title, lines_of in curves.items():
        name = title.split("|")[0].strip().replace(" ", "-").replace(",", "")
        figure, axes = plt.subplots(figsize=(7, 3.5))
        heading, x, y = title.split("|")
        for label, points in lines_of.items():
            axes.plot(*zip(*points, strict=True), marker="o", label=label)
        axes.set(title=heading, xlabel=x, ylabel=y, xscale="log", ylim=(0, None))
        axes.legend()
        axes.grid(alpha=0.3)
        figure.tight_layout()
        (DOCS / "benchmarks").mkdir(exist_ok=True)
        figure.savefig(DOCS / "benchmarks" / f"{name}.svg", metadata={"Date": None})
        plt.close(figure)
        lines += [f"![{heading.strip()}](benchmarks/{name}.svg)", ""]
    report.write_text("\n".join([*lines, _written_by_hand(report)]))
    console.print(f"written: {report}")
