"""The case: what the applicant carried until now, one question, two refusals, a lost permit."""

import time

from exchange.cli.tables import Column, Row, Said, show_rows
from exchange.cli.texts import console, either, mark, say
from exchange.client import Client, ExchangeError, LicenseView, Requirement, Subject
from exchange.demo import permits
from exchange.demo.city import City
from exchange.demo.person import Person
from exchange.demo.telling import require, say_line, say_title
from keys.evidence import Verdict
from registry.basis import Basis
from registry.claims import Claim, Operator
from registry.identifiers import SubjectKind
from registry.outcomes import Resolution

CASE = "2026-RC-000117"
OFFICER = "李晓雯"
MATTER = "talent-settlement"
_IDENTITY_BASIS = "《中华人民共和国户口登记条例》第十条"
_RESOLUTIONS = {
    Resolution.PROVEN: (mark("proven"), "green"),
    Resolution.REFUTED: (mark("refuted"), "red"),
    Resolution.UNKNOWN: (mark("unknown"), "yellow"),
    Resolution.UNAVAILABLE: (mark("unavailable"), "yellow"),
    Resolution.APPLICANT_MUST_SUPPLY: (mark("to bring"), "cyan"),
}
_SETTLED = (
    Column("proof", "paper once demanded"), Column("by", "answered by"),
    Column("answer", "answer"), Column("entry", "entry"),
)  # fmt: skip


def show_proofs(applicant: Person) -> None:
    """Print who applies, and what five offices demanded until now."""
    degree = applicant.degrees[0]
    say_line(f"{applicant.name}, engineer, {degree.institution} {degree.awarded.year}, applies to settle in Suzhou (人才引进落户), case {CASE}.")  # fmt: skip
    say_line("Until now she carried five proofs from five offices:")
    for line in (
        mark("identity and household registration (public security)"),
        mark("certified copy of the degree (education)"),
        mark("social-insurance contributions (human resources)"),
        mark("income tax paid (taxation)"),
        mark("owning a home (natural resources)"),
    ):
        console().print(f"  [strike]{say(line)}[/]")


async def resolve(city: City, client: Client, applicant: Person) -> None:
    """Ask about all requirements of the matter at once, and save the evidence."""
    say_title(3, "The officer asks once; five departments and a license answer")
    basis = Basis(MATTER, CASE, "", OFFICER)
    started = time.monotonic()
    settled = await client.resolve(basis, {"applicant": _subject(applicant)}, {"name": applicant.name})
    elapsed = time.monotonic() - started
    show_rows(_SETTLED, map(_settled_row, settled))
    for item in settled:
        if item.evidence is not None:
            item.evidence.save(city.data / "evidence", item.id)
    say_line(f"{elapsed * 1000:.0f} ms, every seal and receipt verified by the client. Only match or mismatch was handed over, no value.")  # fmt: skip
    require(_all_proven(settled), "six requirements must be proven")


def _settled_row(item: Requirement) -> Row:
    text, colour = _RESOLUTIONS[item.resolution]
    return {
        "proof": either(item.proof_en, item.proof),
        "by": item.dataset or either(item.reason_en, item.reason),
        "answer": Said(item.resolution, say(text), colour),
        "entry": f"#{item.evidence.index}" if item.evidence else None,
    }


async def refused(client: Client, applicant: Person) -> None:
    """Ask without a case, and about what the matter does not need; both must be refused."""
    say_title(4, "A question without a basis")
    claims = [Claim("name", Operator.EQ, (applicant.name,))]
    try:
        await client.verify(Basis(MATTER, "", _IDENTITY_BASIS, OFFICER), "identity.person", _subject(applicant), claims)
    except ExchangeError as error:
        console().print(f"  [red]✗[/] {say(str(error))}")
    else:
        raise RuntimeError("a question without a case must be refused")
    try:
        await client.verify(
            Basis(MATTER, CASE, _IDENTITY_BASIS, OFFICER),
            "housing_fund.account",
            _subject(applicant),
            [Claim("balance", Operator.GT, ("1",))],
        )
    except ExchangeError as error:
        console().print(f"  [red]✗[/] {say(str(error))}")
    else:
        raise RuntimeError("a question that the matter does not need must be refused")
    say_line("Both refusals are on the ledger too.")


async def suspended(city: City, permit: LicenseView) -> None:
    """Suspend the permit; its copies and the case must see it."""
    say_title(
        5,
        "The permit is reported lost; every copy of it is caught a moment later",
    )
    before, after = await permits.suspend(city, permit)
    require(before is Verdict.VALID, "the permit must hold before it is suspended")
    require(after is Verdict.INVALID, "the suspended permit must be caught")
    async with city.client() as client:
        settled = await client.resolve(Basis(MATTER, CASE, "", OFFICER), {"applicant": _holder(permit)}, _facts(permit))
    again = next(item for item in settled if item.id == "residence")
    require(again.resolution is Resolution.REFUTED, "the case must see the suspension")
    say_line("Asked again, the case no longer accepts it either. QR code, PDF and envelope are the same files as before.")  # fmt: skip


def _holder(permit: LicenseView) -> Subject:
    return Subject(SubjectKind.CITIZEN_ID, permit.holders[0].code)


def _facts(permit: LicenseView) -> dict[str, str]:
    return {"name": permit.holders[0].name}


def _subject(person: Person) -> Subject:
    return Subject(SubjectKind.CITIZEN_ID, person.id)


def _all_proven(settled: list[Requirement]) -> bool:
    return all(item.resolution is Resolution.PROVEN for item in settled if item.dataset)
