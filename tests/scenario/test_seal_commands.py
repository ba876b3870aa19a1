"""Scenario tests of seal commands: the register, sealing a file, and checks online and offline."""

from dataclasses import replace
from pathlib import Path

import pytest

from exchange.demo.city import City
from exchange.pages.typesetting import set_pdf
from keys.certificates import read_certificate
from registry.seals.kinds import SealKind
from tests.support.ask import newest
from tests.support.logins import LI, QIAN, SUN, yici
from tests.support.stamps import APPLY, WRITE, made

AGENCY = "113205000000140900"


def test_a_seal_is_made_by_three_people_who_are_logged_in(city: City, tmp_path: Path) -> None:
    data = ("--why", "材料齐全", "--data", city.data)
    applied = yici("seal", "apply", AGENCY, "--kind", "approval", "--custodian", "周", *data, login=QIAN)
    assert applied.returncode == 0, applied.stderr
    number = applied.stdout.split()[0]
    refused = yici("seal", "approve", number, *data, login=QIAN)
    assert (refused.returncode, "four eyes" in refused.stderr) == (1, True), refused.stderr
    assert yici("seal", "approve", number, *data, login=SUN).returncode == 0
    assert "four eyes" in yici("seal", "make", number, *data, login=SUN).stderr
    assert "active" in yici("seal", "make", number, *data, login=LI).stdout
    shown = yici("seal", "show", number, "--eseal", tmp_path / "a.esl", "--picture", tmp_path / "a.png", *data[2:])
    assert "审批专用章" in shown.stdout
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert yici("seal", "show", number, "--picture", tmp_path / "a.svg", *data[2:]).returncode == 0
    assert (tmp_path / "a.svg").read_text(encoding="utf-8").startswith("<svg")
    checked = yici("seal", "check", tmp_path / "a.esl", *data[2:])
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "in the register: active now" in checked.stdout


async def test_a_seal_is_led_through_its_life_at_the_terminal(city: City, tmp_path: Path) -> None:
    number = (await made(city)).id
    data = ("--why", "岗位调整", "--data", city.data)
    handed = yici("seal", "hand-over", number, "--custodian", "吴", *data)
    assert handed.returncode == 0, handed.stderr
    assert yici("seal", "suspend", number, *data).returncode == 0
    assert yici("seal", "show", number, "--eseal", tmp_path / "a.esl", *data[2:]).returncode == 0
    assert "suspended now" in yici("seal", "check", tmp_path / "a.esl", *data[2:]).stdout
    assert number in yici("seal", "list", *data[2:]).stdout
    (tmp_path / "rules.yaml").write_text(f"seal_rules: [{{id: r, seal: '{number}', systems: [x], target_kinds: [license], matters: [m], valid_from: 2026-01-01T00:00:00Z, valid_to: 2027-01-01T00:00:00Z}}]")  # fmt: skip
    wrong = yici("seal", "allow", tmp_path / "rules.yaml", *data)
    assert "may not be put on" in wrong.stderr
    assert yici("seal", "destroy", number, *data).returncode == 0
    missing = yici("seal", "suspend", "32050099999999", *data)
    assert "no such seal" in missing.stderr


async def test_an_account_without_a_login_takes_no_step_of_a_seal(city: City) -> None:
    data = ("--why", "材料齐全", "--data", city.data)
    applied = yici("seal", "apply", AGENCY, "--kind", "archive", "--custodian", "周", *data, login=QIAN)
    number = applied.stdout.split()[0]
    for act in (("apply", AGENCY, "--custodian", "周"), ("approve", number), ("refuse", number), ("make", number)):
        before = (await newest(city))[0].index
        refused = yici("seal", *act, *data)
        assert (refused.returncode, "FOUR_EYES" in refused.stderr) == (1, True), refused.stderr
        found = await newest(city, 2)
        assert [entry.index for entry in found if entry.index > before] == [before + 1]
        facts = found[0].leaf.facts
        expected = ("register.seal", "deny", "FOUR_EYES", "account", "" if act[0] == "apply" else number)
        assert (facts.kind, facts.decision, facts.reason, facts.operator, facts.object) == expected
        assert found[0].opening.request == "材料齐全"
    assert "refused" in yici("seal", "refuse", number, *data, login=SUN).stdout


def test_a_seal_is_made_by_three_systems_and_by_no_fewer(city: City) -> None:
    def system(name: str, officer: str) -> tuple[object, ...]:
        basis = [word for part in (APPLY.matter, APPLY.case, APPLY.legal_basis, officer) for word in ("--basis", part)]
        return "--as", city.departments / name, "--address", city.address, "--trust", city.trust, *basis

    desk, authority, maker = "document-desk", "seal-authority", "seal-maker"
    applied = yici(
        "seal", "apply", AGENCY, "--kind", "contract", "--custodian", "周", "--name", "合同专用章", *system(desk, "钱")
    )
    assert applied.returncode == 0, applied.stderr
    number = applied.stdout.split()[0]
    why = ("--why", "材料齐全")
    assert "FOUR_EYES" in yici("seal", "approve", number, *why, *system(authority, "钱")).stderr
    assert "DUTY_MISSING" in yici("seal", "approve", number, *why, *system(desk, "孙")).stderr
    assert "approved" in yici("seal", "approve", number, *why, *system(authority, "孙")).stdout
    assert "FOUR_EYES" in yici("seal", "make", number, *system(authority, "李")).stderr  # another officer of one system
    assert "FOUR_EYES" in yici("seal", "make", number, *system(maker, "孙")).stderr
    made = yici("seal", "make", number, *system(maker, "李"))
    assert (made.returncode, "active" in made.stdout) == (0, True), made.stderr
    alone = yici("seal", "make", number, "--as", city.departments / maker)
    assert (alone.returncode, "--as needs --address" in alone.stderr) == (2, True)
    mixed = yici("seal", "make", number, "--address", city.address, "--data", city.data)
    assert (mixed.returncode, "go with --as" in mixed.stderr) == (2, True)


@pytest.mark.parametrize("visible", [False, True])
def test_a_file_is_sealed_and_checked_at_the_terminal(city: City, tmp_path: Path, visible: bool) -> None:  # noqa: FBT001
    file = tmp_path / "notice.pdf"
    file.write_bytes(set_pdf(b"= Notice", {}, "x"))
    basis = [
        word for part in (WRITE.matter, WRITE.case, WRITE.legal_basis, WRITE.officer) for word in ("--basis", part)
    ]
    sealed = yici(
        "seal", "use", city.seals[AGENCY, SealKind.OFFICIAL], file, "--address", city.address, "--credentials",
        city.departments / "document-desk", "--trust", city.trust, *basis, *(["--visible"] if visible else []),
    )  # fmt: skip
    assert sealed.returncode == 0, sealed.stderr
    http = f"http://127.0.0.1:{city.http_port}"
    if visible:
        found = yici("seal", "check", tmp_path / "notice.pdf.sealed.pdf", "--trust", city.trust, "--online", http)
        assert "the page as a whole" in found.stdout
        assert "in the ledger" in found.stdout
    else:
        signature = tmp_path / "notice.pdf.ses"
        found = yici(
            "seal", "check", signature, "--document", file, "--receipt", tmp_path / "notice.pdf.tlog-proof", "--trust",
            city.trust, "--online", http,
        )  # fmt: skip
        assert yici("seal", "check", signature, "--trust", city.trust).returncode == 2  # no document to compare with
        file.write_bytes(file.read_bytes() + b"%")
        assert yici("seal", "check", signature, "--document", file, "--trust", city.trust).returncode == 1
    assert found.returncode == 0, found.stdout + found.stderr
    nowhere = yici("seal", "check", file, "--trust", city.trust, "--online", "http://127.0.0.1:9")
    assert nowhere.returncode == 2
    assert "cannot be fetched" in nowhere.stdout
    empty = tmp_path / "empty"
    empty.mkdir()
    assert yici("seal", "check", file, "--trust", empty).returncode == 2


async def test_others_anchors_are_trusted_on_the_record_and_nothing_else_is(city: City, tmp_path: Path) -> None:
    from keys.certificates import fingerprint, pem
    from tests.support.stamping import DOCUMENT, Stamping

    other, data = Stamping.make(), ("--data", city.data, "--why", "跨省互认")
    (tmp_path / "anchor.pem").write_bytes(pem(other.root.certificate))
    (tmp_path / "lists.pem").write_bytes(pem(*other.bundle.seal_lists))
    (tmp_path / "strange.pem").write_bytes(pem(*Stamping.make().bundle.seal_lists))
    (tmp_path / "end.pem").write_bytes(pem(read_certificate(other.certificate)))
    (tmp_path / "text.pem").write_text("no certificate")
    for anchors, lists, rule in (
        ("end.pem", "lists.pem", "not a CA's certificate"),
        ("anchor.pem", "strange.pem", "signed by none of the anchors"),
        ("text.pem", "lists.pem", "text.pem: must be PEM"),
        ("anchor.pem", "text.pem", "text.pem: must be PEM"),
    ):
        wrong = yici("seal", "trust", tmp_path / anchors, "--crl", tmp_path / lists, *data)
        assert (wrong.returncode, rule in wrong.stderr) == (1, True), wrong.stderr
    (tmp_path / "doc.ses").write_bytes(other.sign())
    (tmp_path / "doc").write_bytes(DOCUMENT)
    check = ("seal", "check", tmp_path / "doc.ses", "--document", tmp_path / "doc", "--data", city.data)
    assert yici(*check).returncode == 1
    trusted = yici("seal", "trust", tmp_path / "anchor.pem", "--crl", tmp_path / "lists.pem", *data)
    assert fingerprint(other.root.certificate) in trusted.stdout
    found = yici(*check)
    assert found.returncode == 0, found.stdout
    assert "not a seal of this register" in found.stdout
    [entry] = await newest(city)
    assert (entry.leaf.facts.kind, entry.leaf.facts.reason) == ("register.seal-anchor", "TRUSTED")
    own = replace(other, maker=other.signer, maker_certificate=other.certificate)
    (tmp_path / "doc.ses").write_bytes(own.sign())
    refused = yici(*check)
    assert (refused.returncode, "not accepted here for this certificate" in refused.stdout) == (1, True), refused.stdout
    accepted = yici("seal", "trust", tmp_path / "anchor.pem", "--self-makers", tmp_path / "end.pem", *data)
    certificate = fingerprint(read_certificate(other.certificate))
    assert certificate in accepted.stdout
    found = yici(*check)
    assert (found.returncode, "accepted here for this certificate" in found.stdout) == (0, True), found.stdout
    assert yici("seal", "distrust", certificate, *data).returncode == 0
    assert yici(*check).returncode == 1
    assert yici("seal", "distrust", fingerprint(other.root.certificate), *data).returncode == 0
    assert yici(*check).returncode == 1
    assert "none of this fingerprint" in yici("seal", "distrust", "00", *data).stderr
