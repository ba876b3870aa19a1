"""The demo: one settlement case, narrated while each step is carried out."""

import asyncio
import base64
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from exchange.cli.entries import show_entries
from exchange.cli.evidence import show
from exchange.cli.evidence_files import check_file
from exchange.cli.ledger import verify_folder
from exchange.cli.looking import entries_of
from exchange.cli.steps import step
from exchange.cli.tables import Column, Row, Said, heading, show_rows
from exchange.cli.texts import console, either, mark, say
from exchange.client import Client, ExchangeError, LicenseView, Requirement, Subject
from exchange.demo import letters, permits
from exchange.demo.city import City
from exchange.demo.population import Person, people
from exchange.demo.questioning import question
from exchange.demo.truth import known_truth, sheets
from exchange.node.descriptions import load_descriptions
from keys.evidence import Verdict
from registry.basis import Basis
from registry.claims import Claim, Operator
from registry.identifiers import SubjectKind
from registry.ledger.search import Filter
from registry.outcomes import Resolution

CASE = "2026-RC-000117"
OFFICER = "李晓雯"
MATTER = "talent-settlement"
_IDENTITY_BASIS = "《中华人民共和国户口登记条例》第十条"
_QUESTIONS, _SUBJECTS_A_SHEET = 1_000, 20
_LOOKS = 14  # six answers twice, two refusals, and queries for issuing
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


async def tell(data: Path, count: int, seed: int, today: date, *, keep: bool = False) -> None:
    """Build the city in ``data``, run the case, check everything, and keep the evidence there.

    Raises:
        RuntimeError: a required check failed.
    """
    city = City(data, count, seed, today)
    applicant = next(people(1, seed, today))
    async with _running(city):
        _title(1, "The case")
        _show_proofs(applicant)
        _title(2, "Licenses, issued once, from data already on record")
        permit, _ = await permits.issue(city, applicant)
        async with city.client() as client:
            await _resolve(city, client, applicant)
            await _refused(client, applicant)
        await _suspended(city, permit)
        await _letter(city)
        await _show_entries(city, applicant)
        await _tampered(city)
        await _ledger_clean(city)
        await _check_truth(city)
        _show_files(data)
        if keep:
            _say(f"Node on {city.address}; Ctrl-C ends it.")
            await asyncio.Event().wait()


@asynccontextmanager
async def _running(city: City) -> AsyncIterator[None]:
    """Build and start the city, and show each step."""
    try:
        with step("Clearing what an earlier run left"):
            await city.clear()
        with step("Making the node: keys, certificates, PostgreSQL"):
            await city.make_node()
        started = time.monotonic()
        with step(f"Writing {city.people:,} people into the departments' own stores"):
            records = await city.make_world()
        _say(f"  {records:,} records in {time.monotonic() - started:.1f} s: PostgreSQL, SQLite, a REST service, XLSX and CSV drops")  # fmt: skip
        with step("Registering agencies, datasets, the matter, grants and seals"):
            await city.register()
        with step("Starting the tax department's service and the node"):
            city.start_tax_service()
            await city.start_node()
        yield
    finally:
        with step("Stopping"):
            await city.stop()


def _show_proofs(applicant: Person) -> None:
    degree = applicant.degrees[0]
    _say(f"{applicant.name}, engineer, {degree.institution} {degree.awarded.year}, applies to settle in Suzhou (人才引进落户), case {CASE}.")  # fmt: skip
    _say("Until now she carried five proofs from five offices:")
    for line in (
        mark("identity and household registration (public security)"),
        mark("certified copy of the degree (education)"),
        mark("social-insurance contributions (human resources)"),
        mark("income tax paid (taxation)"),
        mark("owning a home (natural resources)"),
    ):
        console().print(f"  [strike]{say(line)}[/]")


async def _resolve(city: City, client: Client, applicant: Person) -> None:
    _title(3, "The officer asks once; five departments and a license answer")
    basis = Basis(MATTER, CASE, "", OFFICER)
    started = time.monotonic()
    settled = await client.resolve(basis, {"applicant": _subject(applicant)}, {"name": applicant.name})
    elapsed = time.monotonic() - started
    show_rows(_SETTLED, map(_settled_row, settled))
    for item in settled:
        if item.evidence is not None:
            item.evidence.save(city.data / "evidence", item.id)
    _say(f"{elapsed * 1000:.0f} ms, every seal and receipt verified by the client. Only match or mismatch was handed over, no value.")  # fmt: skip
    _require(_all_proven(settled), "six requirements must be proven")


def _settled_row(item: Requirement) -> Row:
    text, colour = _RESOLUTIONS[item.resolution]
    return {
        "proof": either(item.proof_en, item.proof),
        "by": item.dataset or either(item.reason_en, item.reason),
        "answer": Said(item.resolution, say(text), colour),
        "entry": f"#{item.evidence.index}" if item.evidence else None,
    }


async def _refused(client: Client, applicant: Person) -> None:
    _title(4, "A question without a basis")
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
    _say("Both refusals are on the ledger too.")


async def _suspended(city: City, permit: LicenseView) -> None:
    _title(
        5,
        "The permit is reported lost; every copy of it is caught a moment later",
    )
    before, after = await permits.suspend(city, permit)
    _require(before is Verdict.VALID, "the permit must hold before it is suspended")
    _require(after is Verdict.INVALID, "the suspended permit must be caught")
    async with city.client() as client:
        settled = await client.resolve(Basis(MATTER, CASE, "", OFFICER), {"applicant": _holder(permit)}, _facts(permit))
    again = next(item for item in settled if item.id == "residence")
    _require(again.resolution is Resolution.REFUTED, "the case must see the suspension")
    _say("Asked again, the case no longer accepts it either. QR code, PDF and envelope are the same files as before.")  # fmt: skip


def _holder(permit: LicenseView) -> Subject:
    return Subject(SubjectKind.CITIZEN_ID, permit.holders[0].code)


def _facts(permit: LicenseView) -> dict[str, str]:
    return {"name": permit.holders[0].name}


async def _letter(city: City) -> None:
    _title(6, "An official document, sealed with SM2, from one agency to another")
    document = await letters.send(city)
    good, bent = letters.check(city, document)
    _require(good is Verdict.VALID, "the seal must hold")
    _require(bent is Verdict.INVALID, "a changed document must be caught")
    _say("The second check was given the same document with one digit changed.")


async def _show_entries(city: City, applicant: Person) -> None:
    _title(7, "The citizen sees who looked")
    why = say("the citizen asks who looked")
    found = await asyncio.to_thread(entries_of, city.data, Filter(), f"citizen_id:{applicant.id}", 100, why)
    show_entries(found[::-1], opened=True)
    _require(len(found) >= _LOOKS, "every look must be on the record")


async def _tampered(city: City) -> None:
    _title(8, "Evidence that anyone can check, and a forgery that is caught")
    good = city.data / "evidence" / "degree.sd-jwt"
    show(good, check_file(good, city.trust))
    forged = city.data / "tampered" / "degree.sd-jwt"
    forged.parent.mkdir(exist_ok=True)
    shutil.copy(good.with_suffix(".tlog-proof"), forged.with_suffix(".tlog-proof"))
    head, payload, rest = good.read_text().split(".", 2)
    changed = base64.urlsafe_b64decode(payload + "==").replace(b'"kind":"verify"', b'"kind":"Verify"')
    forged.write_text(f"{head}.{base64.urlsafe_b64encode(changed).decode().rstrip('=')}.{rest}")
    found = check_file(forged, city.trust)
    show(forged, found)
    _require(check_file(good, city.trust).verdict is Verdict.VALID, "evidence must hold")
    _require(found.verdict is Verdict.INVALID, "a forgery must be caught")


async def _ledger_clean(city: City) -> None:
    _title(9, "The ledger, recomputed")
    verified = await verify_folder(city.data)
    _require(verified.clean, f"the ledger must be clean: {verified.wrong}")
    _say(
        f"[green]Clean[/]: {verified.size} entries, tiles and checkpoint agree.",
    )


async def _check_truth(city: City) -> None:
    _title(10, "The truth, for a thousand random questions")
    _say(
        "The departments' stores are dirty: blanks, full-width and 15-digit ids, GBK, summer time, lost characters, a key that no question reaches. The generator knows what they hold.",
    )
    truth = known_truth(city.people, city.seed, city.today)
    catalogue = {item.catalogue.id: item.catalogue for item in load_descriptions(city.data / "datasets")}
    async with city.client("data-quality") as client:
        tally = await question(client, sheets(truth, catalogue, city.seed, _SUBJECTS_A_SHEET), _QUESTIONS)
    told = ", ".join(f"{reason} {count:,}" for reason, count in tally.unknown.most_common()) or say("none")
    _say(
        f"  {tally.asked:,} questions: [bold]{len(tally.wrong)}[/] sealed answers differ from the truth, {tally.right:,} agree, {tally.unknown.total():,} say that they cannot tell ({told}).",
    )
    _require(not tally.wrong, f"no sealed answer may differ from the truth: {tally.wrong[:1]}")


def _show_files(data: Path) -> None:
    evidence, trust, seals = data / "evidence", data / "trust", data / "seals"
    console().print()
    heading(say("Left behind"))
    colon = say(": ")
    for line in (
        f"{say('Evidence')}{colon}{evidence}/*.sd-jwt, *.tlog-proof    {say('Trust')}{colon}{trust}/",
        f"{say('Licenses')}{colon}{data / 'licenses'}/*.sd-jwt, *.pdf, *.png, statuslist.jwt",
        f"{say('Seals')}{colon}{seals}/seal.esl, signature.ses, document.bin, sealed.pdf",
        f"yici evidence check {evidence}/*.sd-jwt --trust {trust}",
        f"yici seal check {seals}/signature.ses --document {seals}/document.bin --data {data}",
        f"yici ledger search --data {data}",
        f"{say('Without our code')}{colon}docs/check-without-us.md",
    ):
        console().print(line, soft_wrap=True)  # not wrapped, so that commands can be copied


def _subject(person: Person) -> Subject:
    return Subject(SubjectKind.CITIZEN_ID, person.id)


def _all_proven(settled: list[Requirement]) -> bool:
    return all(item.resolution is Resolution.PROVEN for item in settled if item.dataset)


def _title(number: int, text: str) -> None:
    console().print()
    heading(f"{number}  {say(text)}")


def _say(text: str) -> None:
    console().print(say(text))


def _require(holds: bool, what: str) -> None:  # noqa: FBT001  # an assertion that is always active
    if not holds:
        raise RuntimeError(f"demo: {what}")
