"""Checks that no module is longer than 250 lines; around 120 is the aim."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("keys", "registry", "adapters", "exchange")
MOST = 250
LONGER: dict[str, str] = {"registry/tables.py": "a table for each register, of which more follow"}
"""Modules that may be longer, and why."""


def main() -> None:
    """Name every module that is too long, and every exception that is none."""
    if wrong := faults(ROOT):
        sys.exit("split by nouns, or give a reason in tests/checks/modules.py:\n  " + "\n  ".join(wrong))
    print(f"no module is longer than {MOST} lines")


def faults(root: Path) -> list[str]:
    """Return what is wrong with the lengths of the modules below a folder."""
    paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    lengths = {
        path.relative_to(root).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in paths
        if not path.stem.endswith("_pb2")
    }
    long = {name: count for name, count in lengths.items() if count > MOST}
    return [
        *[f"{name}: {count} lines" for name, count in long.items() if name not in LONGER],
        *[f"{name}: an exception, but no such module is longer" for name in LONGER if name not in long],
    ]


if __name__ == "__main__":
    main()
