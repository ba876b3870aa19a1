"""Changes of rows by SQL that are recorded, as acts record theirs."""

from dataclasses import replace

from exchange.demo.city import City
from exchange.node.wiring.ledger import make_appender
from exchange.pki.key_vault import KeyVault
from keys.leaf.facts import ActFacts, RegisterFacts
from registry.connection import connect
from registry.content import stored_rows
from registry.departures import WHOLE, departures
from registry.ledger.leaf import Entry
from registry.licenses.events import add_events
from registry.licenses.records import get_license
from registry.licenses.states import LicenseState
from registry.register import ledger_key_states


async def recorded_edit(city: City, statement: str, *values: object, license: str = "") -> None:  # noqa: A002
    """Edit rows of registers that are read as a whole, codes or a license, and record what they are."""
    connection = await connect(city.world.postgres.replace("/departments", "/yici"))
    appender = make_appender(city.settings, KeyVault.of(city.settings), await ledger_key_states(connection))
    async with connection.transaction():
        held = await get_license(connection, license)
        await connection.execute(statement, *values)
        for register in (*WHOLE, "code"):
            for found in await departures(connection, register):
                row = (await stored_rows(connection, register, [found.id]))[found.id]
                facts = RegisterFacts(f"register.{register}", "permit", "CHANGED", found.id)
                await appender.record(connection, [Entry(facts, row=row)])
        if held is not None:
            row = (await stored_rows(connection, "license", [license]))[license]
            changed = replace(held, state=LicenseState(row.content["state"]), revision=row.version)
            facts_ = ActFacts(
                "license.change", "permit", "FLAGGED", source=held.issuer, dataset=f"license.{held.type}",
                answer=held.digest,
            )  # fmt: skip
            appended = await appender.record(connection, [Entry(facts_, row=row)])
            await add_events(connection, [changed], "FLAGGED", appended)
    await connection.close()
