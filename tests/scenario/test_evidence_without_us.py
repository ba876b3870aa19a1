"""Promise 4: provable by anyone, offline, without our code: the documented commands, run as they stand."""

import asyncio
import re
import subprocess
from pathlib import Path

import pytest

from exchange.client import Verified
from exchange.demo.city import City
from keys.sdjwt import SdJwt
from tests.scenario.ask import APPLICANT, BASIS, IS_NAME, IS_NORMAL

PAGE = Path(__file__).parents[2] / "docs" / "check-without-us.md"


@pytest.fixture(scope="module")
def evidence(city: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evidence")

    async def ask() -> Verified:
        async with city.client() as client:
            return await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME, IS_NORMAL])

    asyncio.run(ask()).save_evidence(folder, "identity")
    return folder


def _commands(evidence: Path, trust: Path) -> subprocess.CompletedProcess[str]:
    script = "\n".join(re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.DOTALL))
    environment = {"PATH": "/usr/bin:/bin:/usr/local/bin", "EVIDENCE": str(evidence / "identity"), "TRUST": str(trust)}
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment)


def test_the_documented_commands_accept_good_evidence(city: City, evidence: Path) -> None:
    found = _commands(evidence, city.trust)
    assert found.returncode == 0, found.stderr
    for line in (
        "Verified OK",
        "1.pem: OK",
        "about this answer",
        "stands in the tree",
        "Signature Verified Successfully",
        "阿依努尔",
    ):
        assert line in found.stdout


@pytest.mark.parametrize("bend", ["payload", "leaf", "checkpoint", "disclosure"])
def test_the_documented_commands_refuse_bent_evidence(city: City, evidence: Path, tmp_path: Path, bend: str) -> None:
    answer, receipt = ((evidence / f"identity.{kind}").read_text() for kind in ("sd-jwt", "tlog-proof"))
    if bend == "payload":
        head, _, rest = answer.split(".", 2)
        answer = f"{head}.e30.{rest}"
    elif bend == "leaf":
        line = receipt.split("\n")[1]
        receipt = receipt.replace(line, line[:20] + ("A" if line[20] != "A" else "B") + line[21:])
    elif bend == "checkpoint":
        head, size, *rest = receipt.split("\n\n", 1)[1].split("\n")
        receipt = receipt.replace(f"{head}\n{size}\n", f"{head}\n{int(size) + 1}\n")
    else:
        answer += "WyJzYWx0IiwiYSIsMV0~"
        assert SdJwt.parse(answer)
    (tmp_path / "identity.sd-jwt").write_text(answer)
    (tmp_path / "identity.tlog-proof").write_text(receipt)
    assert _commands(tmp_path, city.trust).returncode != 0
