"""Scenario tests of promise 4: the documented commands verify evidence offline without our code."""

import asyncio
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from exchange.client import Verified
from exchange.demo.city import City
from exchange.demo.letters import leave as leave_letter
from exchange.demo.permits import leave
from exchange.pki.key_vault import KeyVault
from exchange.pki.seal_ca import trust_bundle
from keys.authority import Authority, Holder
from keys.certificates import Use, der, now_utc
from keys.encoding import base64url
from keys.evidence import Verdict
from keys.jws import Issuer, decode_jws
from keys.notes import NoteSigner, sign_note
from keys.receipt import Receipt
from keys.sdjwt import SdJwt, digest_of
from keys.ses.reading import read_signature
from keys.suites import SUITES
from keys.trust import TrustBundle
from registry.licenses.states import Change
from registry.seals.kinds import SealKind, TargetKind
from registry.seals.states import SealChange
from tests.scenario.test_documents import SENDER
from tests.scenario.test_documents import draft as letter
from tests.support.ask import APPLICANT, BASIS, IS_NAME, IS_NORMAL
from tests.support.permits import PERMIT, draft
from tests.support.stamps import APPROVE, WRITE, allow, made
from tests.unit.keys.test_evidence import Made

PAGE = Path(__file__).parents[2] / "docs" / "check-without-us.md"
ANSWER, LICENSE, SEAL = PAGE.read_text(encoding="utf-8").split("\n# Check a ")[-3:]


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


def _commands(evidence: Path, trust: Path, *parts: str, of: str = "identity") -> subprocess.CompletedProcess[str]:
    """Return the page's commands of some parts; later ones use the definitions of earlier ones."""
    script = "\n".join(re.findall(r"```bash\n(.*?)```", "".join(parts), re.DOTALL))
    environment = {"PATH": "/usr/bin:/bin:/usr/local/bin", "EVIDENCE": str(evidence / of), "TRUST": str(trust),
                   "LICENSE": str(evidence / "residence_permit"), "SEALS": str(evidence)}  # fmt: skip
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment)


def test_the_documented_commands_accept_good_evidence(city: City, evidence: Path) -> None:
    found = _commands(evidence, city.trust, ANSWER, LICENSE, SEAL)
    assert found.returncode == 0, found.stderr
    for line in (
        "Verified OK",
        "answer.1.pem: OK",
        "about this answer",
        "is in the tree",
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


def test_the_documented_commands_accept_a_license_that_rests_on_answers(city: City, evidence: Path) -> None:
    found = _commands(evidence, city.trust, ANSWER, of="residence_permit")
    assert "rests_on" in SdJwt.parse((evidence / "residence_permit.sd-jwt").read_text()).unverified
    assert found.returncode == 0, found.stdout + found.stderr
    assert "the entry is about this answer" in found.stdout


@pytest.mark.parametrize("bend", ["payload", "leaf", "checkpoint", "disclosure"])
def test_the_documented_commands_refuse_altered_evidence(city: City, evidence: Path, tmp_path: Path, bend: str) -> None:
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
    assert _commands(tmp_path, city.trust, ANSWER).returncode != 0


def _checked(made: Made, folder: Path, bundle: TrustBundle, **changed: str) -> subprocess.CompletedProcess[str]:
    """Return an answer without the rest: the page's first part."""
    bundle.save(folder / "trust")
    (folder / "identity.sd-jwt").write_text(changed.get("answer", made.answer))
    (folder / "identity.tlog-proof").write_text(changed.get("receipt", made.receipt))
    return _commands(folder, folder / "trust", ANSWER)


def _lists(made: Made, at: datetime, revoked: dict[int, datetime]) -> TrustBundle:
    """Return the trust bundle with revocation lists of a later day."""
    week = timedelta(days=7)
    lists = made.chain.root.revocation_list({}, 2, week, at), made.chain.issuing.revocation_list(revoked, 2, week, at)
    return replace(made.bundle(), revocation_lists=lists)


def test_the_documented_commands_accept_an_answer_years_later(tmp_path: Path) -> None:
    made = Made()
    later = made.at + timedelta(days=2)
    ended = {made.certificate.serial_number: made.at + timedelta(days=1)}
    newer = NoteSigner("test/ledger", SUITES["EdDSA"].generate())
    receipt = Receipt.parse(made.receipt)
    both = replace(receipt, checkpoint=sign_note(receipt.checkpoint.partition("\n\n")[0] + "\n", [newer, made.ledger]))
    rotated = replace(made.bundle(), ledger_keys=(newer.key, made.ledger.key))
    for name, bundle, changed in (
        ("a later list", _lists(made, later, {}), {}),
        ("a seal revoked since", _lists(made, later, ended), {}),
        ("a receipt by the older key", rotated, {}),
        ("a receipt by both keys", rotated, {"receipt": both.text}),
    ):
        folder = tmp_path / name
        folder.mkdir()
        found = _checked(made, folder, bundle, **changed)
        assert found.returncode == 0, (name, found.stdout[-200:], found.stderr)
        assert made.check(bundle=bundle, **changed).verdict is Verdict.VALID


FORGED = base64url(b'["AAAAAAAAAAAAAAAAAAAAAA","status","deceased"]')


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: Made(leaf={"decision": "deny"}), "the ledger records a refusal"),
        (lambda: Made(leaf={"dataset": "another"}), "dataset: answer and ledger disagree"),
        (lambda: Made(answer={"iat": int(time.time()) - 3600}), "not sealed when the ledger recorded it"),
        (lambda: Made(use=Use.SYSTEM), "not a seal"),
        (lambda: Made(answer={"iss": "11320500000014111G"}, leaf={"source": "11320500000014111G"}), "another agency's seal"),
        (lambda: Made(answer={"basis": {"matter": "m", "legal_basis": "l", "case": digest_of(FORGED)}}), "a disclosure belongs"),
    ],
)  # fmt: skip
def test_the_documented_commands_refuse_what_does_not_agree(tmp_path: Path, made: Callable[[], Made], why: str) -> None:
    bent = made()
    answer = bent.answer + FORGED + "~" if why.startswith("a disclosure") else bent.answer
    found = _checked(bent, tmp_path, bent.bundle(), answer=answer)
    assert found.returncode != 0
    assert why in found.stdout
    assert bent.check(answer=answer).verdict is Verdict.INVALID


def test_the_documented_commands_refuse_a_seal_revoked_before(tmp_path: Path) -> None:
    made = Made()
    before = {made.certificate.serial_number: made.at - timedelta(minutes=1)}
    assert "revoked since" in _checked(made, tmp_path, made.bundle(before)).stdout
    past = _lists(made, made.at - timedelta(days=9), {})
    assert "no revocation list reaches so far" in _checked(made, tmp_path, past).stdout


@pytest.mark.parametrize("bend", ["list", "list of anyone's", "suspended", "pdf", "appended", "code", "another's code"])
async def test_the_documented_commands_refuse_an_altered_license(
    city: City, evidence: Path, tmp_path: Path, bend: str
) -> None:
    for path in evidence.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    piece = tmp_path / "residence_permit.pdf"
    listed, code = tmp_path / "residence_permit.statuslist.jwt", tmp_path / "residence_permit.qr"
    if bend == "list":
        head, payload, rest = listed.read_text().split(".")
        listed.write_text(f"{head}.{payload[:-4]}AAAA.{rest}")
    elif bend == "list of anyone's":
        listed.write_text(_signed_by_anyone(listed.read_text()))
    elif bend == "suspended":
        await _suspended(city, tmp_path)
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
        await _license(city, tmp_path / "other")
        code.write_bytes((tmp_path / "other" / "residence_permit.qr").read_bytes())
    assert _commands(tmp_path, city.trust, ANSWER, LICENSE).returncode != 0


def _signed_by_anyone(token: str) -> str:
    """Return the same status list, signed by an untrusted authority."""
    payload = decode_jws(token, "list")[1]
    root = Authority.root(SUITES["ES256"].generate(), Holder("root"), timedelta(days=9), now_utc())
    signer = SUITES["ES256"].generate()
    seal = root.issue(Use.SEAL, Holder("章", "局", payload["iss"]), signer.verifier.spki, timedelta(days=9), now_utc())
    return Issuer(signer, [der(seal), der(root.certificate)], "statuslist+jwt").issue(payload)


async def test_documented_commands_accept_answers_of_a_later_destroyed_seal(
    city: City, evidence: Path, tmp_path: Path
) -> None:
    async with city.seal_client("seal-authority") as authority:
        seal = await made(city, SealKind.OFFICIAL, "公章")
        await allow(city, seal.id, target_kinds=(TargetKind.OFFICIAL_DOCUMENT,))
        async with city.document_client("document-desk") as client:
            document = await client.draft(WRITE, letter())
            leave_letter(tmp_path, await client.seal(WRITE, document, seal.id), city.trust)
        await asyncio.sleep(1.1)
        await authority.change(APPROVE, seal, SealChange.DESTROY, "机构撤销")
    for path in evidence.iterdir():
        if not (tmp_path / path.name).exists():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    trust = tmp_path / "trust"
    trust_bundle(KeyVault.of(city.settings), []).save(trust)
    for path in city.trust.iterdir():  # only the list with the seal is from the later bundle
        if path.name != "seal-crl.pem":
            (trust / path.name).write_bytes(path.read_bytes())
    found = _commands(tmp_path, trust, ANSWER, SEAL)
    assert found.returncode == 0, found.stderr
    assert "the ledger recorded this use" in found.stdout


@pytest.mark.parametrize("bend", ["document", "signature", "seal", "signer", "timestamp", "another's receipt"])
def test_the_documented_commands_refuse_an_altered_seal(city: City, evidence: Path, tmp_path: Path, bend: str) -> None:
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
    assert _commands(tmp_path, city.trust, ANSWER, SEAL).returncode != 0


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
