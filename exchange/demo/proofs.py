"""What proves the story: an official document, entries, a forgery, the ledger, and the truth."""

import asyncio
import base64
import shutil

from exchange.cli.entries import show_entries
from exchange.cli.evidence import show
from exchange.cli.evidence_files import check_file
from exchange.cli.looking import entries_of
from exchange.cli.texts import say
from exchange.cli.verifying import verify_folder
from exchange.demo import letters
from exchange.demo.city import City
from exchange.demo.person import Person
from exchange.demo.questioning import question
from exchange.demo.telling import require, say_line, say_title
from exchange.demo.truth import known_truth, sheets
from exchange.node.descriptions import load_descriptions
from keys.evidence import Verdict
from registry.ledger.search import Filter

_QUESTIONS, _SUBJECTS_A_SHEET = 1_000, 20
_LOOKS = 14  # six answers twice, two refusals, and queries for issuing


async def letter(city: City) -> None:
    """Send a sealed document, and check it and a changed one."""
    say_title(6, "An official document, sealed with SM2, from one agency to another")
    document = await letters.send(city)
    good, bent = letters.check(city, document)
    require(good is Verdict.VALID, "the seal must hold")
    require(bent is Verdict.INVALID, "a changed document must be caught")
    say_line("The second check was given the same document with one digit changed.")


async def accesses(city: City, applicant: Person) -> None:
    """Print every access to the applicant's data."""
    say_title(7, "The citizen sees who looked")
    why = say("the citizen asks who looked")
    found = await asyncio.to_thread(entries_of, city.data, Filter(), f"citizen_id:{applicant.id}", 100, why)
    show_entries(found[::-1], opened=True, without=("at", "system", "reason"))  # fits 80 columns
    require(len(found) >= _LOOKS, "every look must be on the record")


async def tampered(city: City) -> None:
    """Check evidence, and evidence in which one word was changed."""
    say_title(8, "Evidence that anyone can check, and a forgery that is caught")
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
    require(check_file(good, city.trust).verdict is Verdict.VALID, "evidence must hold")
    require(found.verdict is Verdict.INVALID, "a forgery must be caught")


async def ledger_clean(city: City) -> None:
    """Recompute the ledger."""
    say_title(9, "The ledger, recomputed")
    verified = await verify_folder(city.data)
    require(verified.clean, f"the ledger must be clean: {verified.wrong}")
    say_line(
        f"[green]Clean[/]: {verified.size} entries, tiles and checkpoint agree.",
    )


async def check_truth(city: City) -> None:
    """Compare sealed answers with what the generator knows."""
    say_title(10, "The truth, for a thousand random questions")
    say_line(
        "The departments' stores are dirty: blanks, full-width and 15-digit ids, GBK, summer time, lost characters, a key that no question reaches. The generator knows what they hold.",
    )
    truth = known_truth(city.people, city.seed, city.today)
    catalogue = {item.catalogue.id: item.catalogue for item in load_descriptions(city.data / "datasets")}
    async with city.client("data-quality") as client:
        tally = await question(client, sheets(truth, catalogue, city.seed, _SUBJECTS_A_SHEET), _QUESTIONS)
    told = ", ".join(f"{reason} {count:,}" for reason, count in tally.unknown.most_common()) or say("none")
    say_line(
        f"  {tally.asked:,} questions: [bold]{len(tally.wrong)}[/] sealed answers differ from the truth, {tally.right:,} agree, {tally.unknown.total():,} say that they cannot tell ({told}).",
    )
    require(not tally.wrong, f"no sealed answer may differ from the truth: {tally.wrong[:1]}")
