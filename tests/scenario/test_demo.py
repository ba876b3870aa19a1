"""Scenario test of the demo: the commands that it prints last run as printed."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from exchange.demo import case, letters, permits, story
from exchange.demo.city import City
from exchange.demo.population import people

LAST = {
    "evidence check": "degree.sd-jwt  valid",
    "seal check": "signature.ses  valid",
    "ledger search": "document.send",
}
"""The commands, and what each prints of the case."""


async def test_the_demos_closing_commands_run_as_printed(
    city: City, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    applicant = next(people(1, city.seed, city.today))
    await permits.issue(city, applicant)
    async with city.client() as client:
        await case.resolve(city, client, applicant)
    await letters.send(city)
    monkeypatch.chdir(city.data.parent)
    capsys.readouterr()
    story.show_files(Path(city.data.name))
    printed = capsys.readouterr().out.splitlines()
    commands = [line for line in printed if Path(line.partition(" ")[0]).name == "yici"]
    assert [" ".join(command.split()[1:3]) for command in commands] == list(LAST)
    environment = {"PATH": os.environ["PATH"], "YICI_LANG": "en"}
    for command, shown in zip(commands, LAST.values(), strict=True):
        found = await asyncio.to_thread(
            subprocess.run, ["sh", "-c", command], env=environment, capture_output=True, text=True
        )
        assert (found.returncode, found.stderr) == (0, ""), command
        assert shown in found.stdout
