"""Promise 4: provable by anyone, offline, without our code: the documented commands, run as they stand."""

import asyncio
import re
import subprocess
from pathlib import Path

import pytest

from exchange.authority import Vault
from exchange.client import Verified
from exchange.demo.city import City
from exchange.demo.letters import leave as leave_letter
from exchange.demo.permits import leave
from exchange.national import trust_bundle
from keys.sdjwt import SdJwt
from keys.ses.reading import read_signature
from registry.licenses.life import Change
from registry.seals.kinds import SealedKind, SealKind
from registry.seals.life import SealChange
from tests.scenario.ask import APPLICANT, BASIS, IS_NAME, IS_NORMAL
from tests.scenario.permits import PERMIT, draft
from tests.scenario.stamps import APPROVE, WRITE, allow, made
from tests.scenario.test_documents import SENDER
from tests.scenario.test_documents import draft as letter

PAGE = Path(__file__).parents[2] / "docs" / "check-without-us.md"


@pytest.fixture(scope="module")
def evidence(city: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evidence")

    async def ask() -> Verified:
        async with city.client() as client:
            return await client.verify(BASIS, "identity.person", APPLICANT, [IS_NAME, IS_NORMAL])

    asyncio.run(ask()).save_evidence(folder, "identity")
    asyncio.run(_license(city, folder))
    asyncio.run(_letter(city, folder))
    return folder


async def _letter(city: City, folder: Path) -> None:
    async with city.document_client("document-desk") as client:
        document = await client.draft(WRITE, letter())
        leave_letter(folder, await client.seal(WRITE, document, city.seals[SENDER, SealKind.OFFICIAL]), city.trust)


async def _license(city: City, folder: Path) -> None:
    async with city.license_client("residence-desk") as client:
        held = await client.issue(PERMIT, "residence_permit", draft(), fill=True)
        leave(folder, held, await client.pdf(PERMIT, held.identifier))


def _commands(evidence: Path, trust: Path) -> subprocess.CompletedProcess[str]:
    script = "\n".join(re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.DOTALL))
    environment = {"PATH": "/usr/bin:/bin:/usr/local/bin", "EVIDENCE": str(evidence / "identity"), "TRUST": str(trust),
                   "LICENSE": str(evidence / "residence_permit"), "SEALS": str(evidence)}  # fmt: skip
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
        "the list says: valid",
        "the code names this envelope",
        "the e-signature is over this document",
        "the seal names the signer",
        "signer.pem: OK",
        "maker.pem: OK",
        "neither was revoked",
        "the ledger recorded this use",
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


@pytest.mark.parametrize("bend", ["list", "suspended", "pdf", "appended", "code", "another's code"])
def test_the_documented_commands_refuse_a_bent_license(city: City, evidence: Path, tmp_path: Path, bend: str) -> None:
    for path in evidence.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    piece = tmp_path / "residence_permit.pdf"
    listed, code = tmp_path / "residence_permit.statuslist.jwt", tmp_path / "residence_permit.qr"
    if bend == "list":
        head, payload, rest = listed.read_text().split(".")
        listed.write_text(f"{head}.{payload[:-4]}AAAA.{rest}")
    elif bend == "suspended":
        asyncio.run(_suspended(city, tmp_path))
    elif bend == "pdf":
        data = bytearray(piece.read_bytes())
        data[2000] ^= 1
        piece.write_bytes(data)
    elif bend == "appended":
        piece.write_bytes(piece.read_bytes() + b"% more")
    elif bend == "code":
        text = code.read_text()
        code.write_text(text[:200] + ("A" if text[200] != "A" else "B") + text[201:])
    else:
        asyncio.run(_license(city, tmp_path / "other"))
        code.write_bytes((tmp_path / "other" / "residence_permit.qr").read_bytes())
    assert _commands(tmp_path, city.trust).returncode != 0


def test_the_documented_commands_accept_what_a_seal_sealed_before_it_was_destroyed(
    city: City, evidence: Path, tmp_path: Path
) -> None:
    async def run() -> None:
        async with city.seal_client("seal-authority") as authority:
            seal = await made(city, SealKind.OFFICIAL, "公章")
            await allow(city, seal.id, goes_on=(SealedKind.OFFICIAL_DOCUMENT,))
            async with city.document_client("document-desk") as client:
                document = await client.draft(WRITE, letter())
                leave_letter(tmp_path, await client.seal(WRITE, document, seal.id), city.trust)
            await asyncio.sleep(1.1)
            await authority.change(APPROVE, seal, SealChange.DESTROY, "机构撤销")

    asyncio.run(run())
    for path in evidence.iterdir():
        if not (tmp_path / path.name).exists():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    trust = tmp_path / "trust"
    trust_bundle(Vault.of(city.settings), []).save(trust)
    for path in city.trust.iterdir():  # of the later bundle only the list that the seal now stands on
        if path.name != "seal-crl.pem":
            (trust / path.name).write_bytes(path.read_bytes())
    found = _commands(tmp_path, trust)
    assert found.returncode == 0, found.stderr
    assert "the ledger recorded this use" in found.stdout


@pytest.mark.parametrize("bend", ["document", "signature", "seal", "signer", "timestamp", "another's receipt"])
def test_the_documented_commands_refuse_a_bent_seal(city: City, evidence: Path, tmp_path: Path, bend: str) -> None:
    for path in evidence.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    signature, document = tmp_path / "signature.ses", tmp_path / "document.bin"
    whole = signature.read_bytes()
    found = read_signature(whole)
    places = {
        "signature": whole.rindex(found.signature) + 20,
        "seal": whole.index(found.seal.picture.data) + 100,
        "signer": whole.rindex(found.signer) + 300,
        "timestamp": whole.rindex(found.timestamp) + len(found.timestamp) - 10,
    }
    if bend == "document":
        document.write_bytes(document.read_bytes().replace(b"2026", b"2025", 1))
    elif bend in places:
        signature.write_bytes(whole[: places[bend]] + bytes([whole[places[bend]] ^ 1]) + whole[places[bend] + 1 :])
    else:
        (tmp_path / "signature.tlog-proof").write_bytes((evidence / "identity.tlog-proof").read_bytes())
    assert _commands(tmp_path, city.trust).returncode != 0


async def _suspended(city: City, folder: Path) -> None:
    identifier = SdJwt.parse((folder / "residence_permit.sd-jwt").read_text()).unverified["identifier"]
    async with city.license_client("residence-desk") as client:
        held = await client.get(PERMIT, identifier)
        changed = await client.change(PERMIT, held, Change.SUSPEND, "核查")
        leave(folder, changed, await client.pdf(PERMIT, identifier))
        await client.change(PERMIT, changed, Change.RESUME, "核查完毕")


def test_the_pdf_is_valid_in_another_validator(city: City, evidence: Path) -> None:
    import io

    from asn1crypto import pem, x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    root = x509.Certificate.load(pem.unarmor((city.trust / "root.pem").read_bytes())[2])
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    reader = PdfFileReader(io.BytesIO((evidence / "residence_permit.pdf").read_bytes()))
    found = validate_pdf_signature(reader.embedded_signatures[0], context, ts_validation_context=context)
    assert found.bottom_line
    assert found.timestamp_validity.trusted
