"""``yici keys`` and ``trust``: keys, renewal, and the trust bundle for others."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509

from exchange.acts.command import Command
from exchange.acts.permit import Permit
from exchange.cli.acting import Why, act
from exchange.cli.opened import opened
from exchange.cli.tables import AsJson, Column, Row, Said, show_rows
from exchange.cli.texts import DEFAULT_DATA, Data, console, say
from exchange.cli.times import shown_time
from exchange.node.wiring.host import Host
from exchange.node.wiring.ledger import ledger_states
from exchange.pki.key_vault import KeyVault
from keys.certificates import fingerprint
from keys.trust import TrustBundle
from registry.agencies import State
from registry.errors import RuleError

_KEYS = (
    Column("name", "key"), Column("algorithm", "algorithm"), Column("state", "state"),
    Column("vkey", "verifier key"),
)  # fmt: skip
keys = typer.Typer()
trust = typer.Typer()


@keys.command("list", help=say("List keys and the ledger's verifier keys."))
def keys_list(as_json: AsJson = False, data: Data = DEFAULT_DATA) -> None:
    """List keys."""

    async def read() -> tuple[KeyVault, dict[str, State]]:
        async with opened(data) as folder:
            return folder.vault, await ledger_states(folder.database)

    vault, known = asyncio.run(read())
    vkeys = {key.verifier.spki: key.vkey for key in vault.ledger_keys()}
    rows: list[Row] = []
    for name in vault.store.names():
        signer = vault.store.signer(name)
        vkey = vkeys.pop(signer.verifier.spki, None)
        state = vault.ledger_state(name, known) if vkey else State.ACTIVE
        rows.append({"name": name, "algorithm": signer.algorithm, "state": _state(state), "vkey": vkey})
    gone = Said("gone", say("private key gone"))
    rows += [{"name": None, "algorithm": "EdDSA", "state": gone, "vkey": vkey} for vkey in vkeys.values()]
    show_rows(_KEYS, rows, as_json=as_json)


def _state(state: State | None) -> Said:
    if state is None:
        return Said("unrecorded", say("not on record"))
    return Said(state.value, say("retired") if state is State.RETIRED else say("active"))


@keys.command(
    "rotate-ledger",
    help=say(
        "Add a ledger key; both sign until the old one is retired. Restart workers after.",
    ),
)
def rotate_ledger(why: Why = "", data: Data = DEFAULT_DATA) -> None:
    """Add a ledger key."""

    async def work(host: Host, _permit: Permit[Command]) -> str:
        name, key = host.vault.next_ledger_key(await ledger_states(host.database))
        await host.registrar(why).set_ledger_key(name, key.vkey, State.ACTIVE.value)
        return name

    name = act(data, Command("keys.rotate-ledger", "register.ledger-key", why), work)
    console().print(
        say(
            f"Key {name} signs from the next start on. Export the trust bundle again.",
        )
    )


@keys.command("retire-ledger", help=say("Retire a ledger key; its old receipts stay valid."))
def retire_ledger(
    name: Annotated[str, typer.Argument(help=say("Name of the key, such as ledger-1."))],
    why: Why = "",
    data: Data = DEFAULT_DATA,
) -> None:
    """Retire a ledger key."""

    async def work(host: Host, _permit: Permit[Command]) -> None:
        vault = host.vault
        names, states = vault.ledger_names(), await ledger_states(host.database)
        if name not in names:
            raise RuleError("key", say(f"one of {', '.join(reversed(names))}"))
        active = [item for item in names if vault.ledger_state(item, states) is State.ACTIVE]
        vkey = next(key.vkey for key in vault.ledger_keys() if key.verifier == vault.store.signer(name).verifier)
        await host.registrar(why).retire_ledger_key(name, vkey, active)

    act(data, Command("keys.retire-ledger", "register.ledger-key", why), work)
    console().print(
        say(f"Key {name} is retired, and signs no more from the next start on. Export the trust bundle again."), soft_wrap=True)  # fmt: skip


@keys.command(
    "renew-node",
    help=say("Renew the node's certificate; running workers take it up."),
)
def renew_node(why: Why = "", data: Data = DEFAULT_DATA) -> None:
    """Renew the node's certificate."""

    async def work(host: Host, permit: Permit[Command]) -> x509.Certificate:
        fresh = host.vault.certify_node(host.settings.node.names)
        await host.record(permit.act.permit_entry(permit.principal, "RENEWED", object=fingerprint(fresh)))
        host.vault.install_node(fresh)  # what is not on the record is not used
        return fresh

    certificate = act(data, Command("keys.renew-node", "register.node-certificate", why), work)
    console().print(
        say(
            f"Valid until {shown_time(certificate.not_valid_after_utc)}.",
        )
    )


@trust.command(
    "export",
    help=say(
        "Write root.pem, crl.pem, ledger.vkey, seals.pem, seal-root.pem, seal-crl.pem, seal-makers.pem, seal-self-makers.pem.",
    ),
)
def trust_export(
    folder: Annotated[Path, typer.Argument(help=say("Where to write."))], data: Data = DEFAULT_DATA
) -> None:
    """Export the trust bundle."""

    async def read() -> TrustBundle:
        async with opened(data) as found:
            return await found.trust()

    asyncio.run(read()).save(folder)
    console().print(say(f"Trust bundle → {folder}"))
