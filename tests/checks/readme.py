"""Checks that every command named in README and docs exists: make targets, and yici commands with their options."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Name every command that does not exist."""
    text = "\n".join(path.read_text() for path in [*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md")])
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    wrong = [f"make {name}" for name in set(re.findall(r"\bmake ([a-z]+)\b", code(text))) if name not in targets]
    for line in sorted(set(re.findall(r"\byici ((?:[a-z-]+ ?)+)", code(text)))):
        words = line.split()
        while words and not known(words):
            words.pop()
        if not words:
            wrong.append(f"yici {line.strip()}")
    if wrong:
        sys.exit(f"named but not there: {', '.join(wrong)}")
    print(f"README and docs name {len(targets & set(re.findall(r'make ([a-z]+)', code(text))))} targets, all there")


def code(text: str) -> str:
    """What stands in code spans and blocks."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`|^    [^\n]*$", text, re.DOTALL | re.MULTILINE))


def known(words: list[str]) -> bool:
    """Whether the command exists (its help can be shown)."""
    command = [str(Path(sys.executable).parent / "yici"), *words, "--help"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # our own command


if __name__ == "__main__":
    main()
