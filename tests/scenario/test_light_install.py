"""Scenario tests of ``pip install yici``: a small wheel, imported quickly, that queries a node."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.demo.city import SYSTEMS, City
from tests.support.ask import APPLICANT, BASIS, NAME

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).parent / "uv"  # make installs it
MOST_PACKAGES, MOST_BYTES, MOST_SECONDS = 12, 60 * 10**6, 0.4

IMPORT = """
import json, sys, time
started = time.process_time()
import exchange.client
print(json.dumps([time.process_time() - started, sorted(sys.modules)]))
"""
ASK = """
import asyncio, json, sys
from pathlib import Path
%(imports)s
from exchange.client import SyncClient

address, credentials, trust, system, basis, citizen_id, name = json.loads(sys.argv[1])
certificate, key = Path(credentials, "chain.pem").read_bytes(), Path(credentials, f"{system}.key.pem").read_bytes()
asked = Basis(*basis), "identity.person", Subject(SubjectKind.CITIZEN_ID, citizen_id), [Claim("name", Operator.EQ, (name,))]

async def ask():
    async with Client(address, certificate, key, Path(trust)) as client:
        found = await client.verify(*asked)
        found.save_evidence(Path())
        return found.holds

with SyncClient(address, certificate, key, Path(trust)) as client:
    print(json.dumps([asyncio.run(ask()), client.verify(*asked).holds]))
"""


class Light:
    """Create an environment with the wheel and its locked dependencies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        pins = folder / "pins.txt"
        self._uv("export", "--frozen", "--no-hashes", "--no-default-groups", "--no-emit-project", "--output-file", pins)
        self._uv("build", "--wheel", "--out-dir", folder, ROOT)
        self._uv("venv", folder / "env")
        [wheel] = folder.glob("*.whl")
        self._uv("pip", "install", "--compile-bytecode", "--python", folder / "env", "--constraints", pins, wheel)

    def run(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment outside the checkout."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "YICI", "LC_", "LANG"))
        }
        return subprocess.run(
            [self.folder / "env" / "bin" / program if program != "env" else program, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    def _uv(self, *arguments: str | Path) -> None:
        subprocess.run([UV, "--quiet", *arguments], cwd=ROOT, check=True, timeout=170)


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory) -> Light:
    """Share one environment between these tests, since it takes seconds to create."""
    return Light(tmp_path_factory.mktemp("light"))


def test_a_light_install_is_at_most_twelve_packages_and_sixty_megabytes(light: Light) -> None:
    [packages] = (light.folder / "env" / "lib").glob("python*/site-packages")
    found = {path.name.partition("-")[0] for path in packages.glob("*.dist-info")}
    assert {"yici", "grpcio", "cryptography", "protobuf"} <= found
    assert len(found) <= MOST_PACKAGES, found
    assert sum(path.lstat().st_size for path in packages.rglob("*")) <= MOST_BYTES


def test_a_light_client_is_imported_quickly_and_counts_nothing(light: Light) -> None:
    runs = [json.loads(light.run("python", "-c", IMPORT).stdout) for _ in range(5)]
    assert min(seconds for seconds, _ in runs) < MOST_SECONDS
    loaded = set(runs[0][1])
    assert "exchange.client.sync" in loaded
    assert (
        not {"prometheus_client", "sqlalchemy", "cedarpy", "pyhanko", "exchange.metrics", "exchange.settings"} & loaded
    )


def test_a_light_client_asks_a_node_and_checks_its_evidence(light: Light, city: City) -> None:
    [imports] = re.findall(r"^from exchange\.client import .*$", (ROOT / "README.md").read_text(), re.MULTILINE)
    system = SYSTEMS[0]
    asked = [
        city.address, str(city.departments / system), str(city.trust), system,
        [BASIS.matter, BASIS.case, BASIS.legal_basis, BASIS.officer], APPLICANT.identifier, NAME,
    ]  # fmt: skip
    found = light.run("python", "-c", ASK % {"imports": imports}, json.dumps(asked))
    assert found.stdout == "[true, true]\n", found.stderr
    checked = light.run("yici", "evidence", "check", "answer.sd-jwt", "--trust", city.trust)
    assert (checked.returncode, checked.stdout.splitlines()[0]) == (0, "answer.sd-jwt  valid")
    answer = light.folder / "answer.sd-jwt"
    answer.write_text(answer.read_text().replace(".", ".e", 1))
    assert light.run("yici", "evidence", "check", "answer.sd-jwt", "--trust", city.trust).returncode == 1


def test_a_light_install_speaks_chinese(light: Light) -> None:
    shown = light.run("env", "YICI_LANG=zh", light.folder / "env" / "bin" / "yici", "evidence", "check", "--help")
    assert "信任包目录" in shown.stdout, shown.stderr


def test_a_command_of_the_node_says_how_to_install_it(light: Light) -> None:
    refused = light.run("yici", "serve")
    assert refused.returncode == 1
    assert (
        refused.stderr
        == "error yici serve is not installed. Other commands come with the node: pip install 'yici[node]'\n"
    )
