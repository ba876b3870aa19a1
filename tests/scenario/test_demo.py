"""Scenario test of the demo: the commands that it prints last run as printed."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.demo import case, letters, permits, story
from exchange.demo.city import City
from exchange.demo.population import people

LAST = {
    "yici evidence check": "degree.sd-jwt  valid",
    "yici seal check": "signature.ses  valid",
    "yici ledger search": "document.send",
}
"""The commands, and what each prints of the case."""


async def test_the_demos_closing_commands_run_as_printed(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    applicant = next(people(1, city.seed, city.today))
    await permits.issue(city, applicant)
    async with city.client() as client:
        await case.resolve(city, client, applicant)
    await letters.send(city)
    capsys.readouterr()
    story.show_files(Path(city.data.name))
    commands = [line for line in capsys.readouterr().out.splitlines() if line.startswith("yici ")]
    assert [" ".join(command.split()[:3]) for command in commands] == list(LAST)
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "YICI_LANG": "en"}
    for command, shown in zip(commands, LAST.values(), strict=True):
        arguments = {"cwd": city.data.parent, "env": environment, "capture_output": True, "text": True}
        found = await asyncio.to_thread(subprocess.run, ["sh", "-c", command], **arguments)
        assert (found.returncode, found.stderr) == (0, ""), command
        assert shown in found.stdout
