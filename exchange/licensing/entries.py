"""Subjects of acts on licenses, for ledger entries."""

from dataclasses import replace

from exchange.acts.register_act import RegisterAct
from registry.licenses.holders import subject_name
from registry.licenses.license import Draft, License


def about(act: RegisterAct, item: Draft | License, identifier: str = "") -> RegisterAct:
    """Return the act with the type, the holders and the identifier of a license."""
    return replace(act, type=item.type, subjects=subjects_of(item, identifier))


def subjects_of(item: Draft | License, identifier: str = "") -> list[str]:
    """Return a license's holders, and the license itself, as ``kind:identifier``."""
    own = item.identifier if isinstance(item, License) else identifier
    subjects = [subject_name(one.kind, one.code) for one in item.holders]
    return [*subjects, f"license_identifier:{own}"]
