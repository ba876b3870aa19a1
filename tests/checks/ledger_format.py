"""Checks that schema and vectors in docs/ledger-format are up to date; ``--write`` writes them."""

import json
import sys
from pathlib import Path
from typing import Any

from keys.encoding import MAX_SAFE_INTEGER
from keys.leaf.commitments import OPENED, SALT_BYTES, commit_to_all, commit_to_row
from keys.leaf.facts import VERSION
from keys.leaf.rules import ALWAYS, COMMITTED, FAMILIES, NAMES, RULES, Family, Number, Text, Texts
from keys.leaf.writing import stamp, stamp_of, write_leaf
from keys.merkle import leaf_hash
from registry.content import row_of
from tests.support.leaves import AT, EXAMPLES

FOLDER = Path(__file__).parents[2] / "docs" / "ledger-format"
SALTS = bytes(range(4 * SALT_BYTES))
VALUES = ("citizen_id:110105199003078887", "王科员", "RC-2026-17", "0" * 64)
PSEUDONYM = bytes(range(16))
ROWS = {
    "grant": {"id": "tax.paid", "revision": 2, "state": "active", "fields": ["amount", "month"], "valid_from": AT},
    "seal": {"id": "32050000000001", "revision": 1, "custodian": "周保管", "picture": b"", "valid_to": None},
}


def rule_schema(rule: Text | Number | Texts) -> dict[str, Any]:
    """Return a field's rule as JSON Schema."""
    match rule:
        case Text():
            return {"type": "string", "pattern": rule.pattern, "description": rule.rule}
        case Number():
            return {"type": "integer", "minimum": 1, "maximum": MAX_SAFE_INTEGER, "description": rule.rule}
    return {"type": "array", "items": rule_schema(rule.item), "minItems": 1, "maxItems": rule.most}


def family_schema(name: str, fields: tuple[str, ...], family: Family) -> dict[str, Any]:
    """Return one family's leaves as JSON Schema."""
    always = {"v": {"const": VERSION}, "kind": rule_schema(family.kinds), "decision": {"enum": list(family.decisions)}}
    own = {field: rule_schema(RULES[field]) for field in ("at", *fields, *COMMITTED) if field not in always}
    found: dict[str, Any] = {
        "title": name,
        "type": "object",
        "properties": always | own,
        "required": [*ALWAYS, *family.required],
        "additionalProperties": False,
        "if": {"properties": {"decision": {"const": "permit"}}},
        "then": {"required": list(family.permit)}
        | ({"anyOf": [{"required": list(names)} for names in family.permit_by]} if family.permit_by else {}),
        "else": {"properties": dict.fromkeys(family.permit_only, False)},
    }
    if "row_digest" in fields:
        found["dependentRequired"] = {"row_digest": ["version"], "version": ["row_digest"]}
    return found


def schema() -> dict[str, Any]:
    """Return the JSON Schema of leaves."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:yici:ledger-leaf:{VERSION}",
        "title": f"A leaf of the ledger, version {VERSION}",
        "oneOf": [family_schema(shape.__name__, NAMES[shape], family) for shape, family in FAMILIES.items()],
    }


def vectors() -> dict[str, Any]:
    """Return a leaf of each kind with its openings, and rows with their digests."""
    commitments = commit_to_all(SALTS, VALUES, PSEUDONYM)
    leaves = {name: stamp(write_leaf(facts, commitments), stamp_of(AT)) for name, facts in EXAMPLES.items()}
    rows = {register: row_of(register, values) for register, values in ROWS.items()}
    salts = {register: SALTS[:SALT_BYTES] if row.personal else b"" for register, row in rows.items()}
    return {
        "opening": dict(zip(OPENED, VALUES, strict=True)),
        "salts": SALTS.hex(),
        "pseudonyms": [PSEUDONYM.hex()],
        "leaves": [
            {"name": name, "leaf": leaf.decode(), "hash": leaf_hash(leaf).hex()} for name, leaf in leaves.items()
        ],
        "rows": [
            {
                "register": register,
                "content": dict(row.content),
                "salt": salts[register].hex(),
                "row_digest": commit_to_row(salts[register], row.canonical),
            }
            for register, row in rows.items()
        ],
    }


def main() -> None:
    """Write the files, or name those that are outdated."""
    fresh = {
        FOLDER / name: json.dumps(made, ensure_ascii=False, indent=2) + "\n"
        for name, made in (("leaf.schema.json", schema()), ("vectors.json", vectors()))
    }
    if "--write" in sys.argv:
        FOLDER.mkdir(exist_ok=True)
        for path, text in fresh.items():
            path.write_text(text, encoding="utf-8")
    if stale := [path.name for path, text in fresh.items() if path.read_text(encoding="utf-8") != text]:
        sys.exit(f"not current, run python -m tests.checks.ledger_format --write: {', '.join(stale)}")
    print(f"the ledger's published format is current ({len(fresh)} files)")


if __name__ == "__main__":
    main()
