"""``yici catalog``: agencies, systems, datasets and matters."""

import asyncio

import typer

from exchange.acts.command import Command
from exchange.cli.acting import Why
from exchange.cli.loading import Files, load_files
from exchange.cli.next_steps import tell_next_steps
from exchange.cli.opened import register_of
from exchange.cli.tables import AsJson, Column, Row, Said, json_rows, show_json, show_rows
from exchange.cli.texts import DEFAULT_DATA, Data, console, either, mark, say
from registry.catalogue import Sharing
from registry.register import Register

catalog = typer.Typer()
_SHARING = {
    Sharing.UNCONDITIONAL: mark("unconditional"), Sharing.CONDITIONAL: mark("conditional"),
    Sharing.WITHHELD: mark("withheld"),
}  # fmt: skip
_DATASETS = (
    Column("id", "dataset"), Column("title", "title"), Column("source", "source"),
    Column("sharing", "sharing"), Column("fields", "fields"),
)  # fmt: skip
_REQUIREMENTS = (
    Column("matter", "matter"), Column("name", "name"), Column("requirement", "requirement"),
    Column("proof", "proof once demanded"), Column("dataset", "replaced by"),
)  # fmt: skip


@catalog.command("load", help=say("Load registers from YAML; loading again changes nothing."))
def catalog_load(files: Files, why: Why = "", data: Data = DEFAULT_DATA) -> None:
    """Load registers."""
    load_files(files, data, Command("catalog.load", "register.catalogue", why))


@catalog.command("list", help=say("List datasets and matters."))
def catalog_list(as_json: AsJson = False, data: Data = DEFAULT_DATA) -> None:
    """List datasets and matters."""
    register = asyncio.run(register_of(data))
    datasets, matters = _dataset_rows(register), _requirement_rows(register)
    if as_json:
        show_json({"datasets": json_rows(_DATASETS, datasets), "requirements": json_rows(_REQUIREMENTS, matters)})
        return
    show_rows(_DATASETS, datasets)
    console().print()
    show_rows(_REQUIREMENTS, matters)
    tell_next_steps(register, data)


def _dataset_rows(register: Register) -> list[Row]:
    return [
        {
            "id": item.id,
            "title": Said(item.title, either(item.title_en, item.title)),
            "source": Said(item.source, register.agencies[item.source].name),
            "sharing": Said(item.sharing.value, say(_SHARING[item.sharing])),
            "fields": [field.name for field in item.fields],
        }
        for item in register.datasets.values()
    ]


def _requirement_rows(register: Register) -> list[Row]:
    return [
        {
            "matter": matter.id,
            "name": Said(matter.name, either(matter.name_en, matter.name)),
            "requirement": item.id,
            "proof": Said(item.proof, either(item.proof_en, item.proof)),
            "dataset": item.dataset or None,
        }
        for matter in register.matters.values()
        for item in matter.requirements
    ]
