"""Changes of rows by SQL that are recorded, as acts record theirs."""

from exchange.demo.city import City
from exchange.node.wiring.ledger import make_appender
from exchange.pki.key_vault import KeyVault
from keys.leaf.facts import ActFacts, RegisterFacts
from registry.connection import connect
from registry.content import stored_rows
from registry.departures import WHOLE, departures
from registry.ledger.leaf import Entry
from registry.licenses.events import LicenseEvent, add_events
from registry.licenses.states import LicenseState
from registry.register import ledger_key_states


async def recorded_edit(city: City, statement: str, *values: object, license: str = "") -> None:  # noqa: A002
    """Edit rows of registers that are read as a whole, codes or a license, and record what they are."""
    connection = await connect(city.world.postgres.replace("/departments", "/yici"))
    appender = make_appender(city.settings, KeyVault.of(city.settings), await ledger_key_states(connection))
    async with connection.transaction():
        await connection.execute(statement, *values)
        for register in (*WHOLE, "code"):
            for found in await departures(connection, register):
                row = (await stored_rows(connection, register, [found.id]))[found.id]
                facts = RegisterFacts(f"register.{register}", "permit", "CHANGED", found.id)
                await appender.record(connection, [Entry(facts, row=row)])
        if license:
            row = (await stored_rows(connection, "license", [license]))[license]
            facts_ = ActFacts("license.change", "permit", "CHANGED", answer=row.content["digest"])
            appended = await appender.record(connection, [Entry(facts_, row=row)])
            at, said = appended.leaves[0].at, row.content
            state = LicenseState(said["state"])
            event = LicenseEvent(appended.growth.start, license, said["type"], said["issuer"], "FLAGGED", state, 1, at)
            await add_events(connection, [event], appended.row_salts)
    await connection.close()
