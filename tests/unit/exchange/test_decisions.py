"""Policies decide who may do what: no module outside ``acts`` compares parties with objects."""

import ast
from collections.abc import Iterator
from pathlib import Path

import exchange

PARTIES = {
    "agency", "uscc", "system", "systems", "officer", "officers", "holder", "holders", "issuer", "issuers", "sender",
    "recipient", "recipients", "supervisor", "source", "custodian", "duty", "applied_by", "approved_by", "made_by",
    "requester", "principal", "operator", "bearer", "person", "login",
}  # fmt: skip
"""Names of attributes and variables that say who acts, or whose something is."""
ELSEWHERE = ("acts", "client", "demo")
"""Packages left out: policies and their explanations; what runs at a department; the invented city."""
_EXPLAINED = "names what is missing, after Cedar denied the act"
_EVIDENCE = "checks evidence: whose seal is on it"
_CERTIFICATES = "whose lists and certificates belong together"
OTHERWISE = {
    "sealing/access:_why_not: basis.officer in rule.officers": _EXPLAINED,
    "sealing/access:_why_not: requester.system.id in rule.systems": _EXPLAINED,
    "licensing/code_check:_name_of: organization_identifier(seal) == agency": _EVIDENCE,
    "licensing/reading:_check_page: found[0].agency != issuer": _EVIDENCE,
    "sealing/checking:_check_pdf: found.signed_by != seals[0].agency": _EVIDENCE,
    "node/revocation:_is_due: item.issuer == issuer": _CERTIFICATES,
    "node/revocation:_listed: item.issuer == issuer": _CERTIFICATES,
    "pages/checking:_parts: item.subject == own.issuer": _CERTIFICATES,
    "pki/key_vault:write_revocation_lists: item.issuer == root": _CERTIFICATES,
    "pki/seal_ca:distrust: item.issuer in names": _CERTIFICATES,
    "pki/seal_ca:trust: item.issuer not in {other.issuer for other in newer}": _CERTIFICATES,
    "cli/policy:explain: item.system.id == system": "finds the system whose policies are shown",
    "cli/certifying:certify: table.c.id == holder": "finds the holder's row",
    "licensing/store:_outcome: said == (found.number, found.holders, found.fields, found.valid_from, found.valid_to, "
    "found.photo)": "whether a draft is sent again unchanged",
    "sealing/store:hand_over: 0 < len(custodian) <= MAX_HOLDER": "the form of a name",
    "pages/reader:_items: name not in holder": "whether a dictionary of a PDF has an entry",
    "query/judging:_settled_count: claim.operator in (Operator.EQ, Operator.IN, Operator.NE)": "the operator of a claim",
    "licensing/watch:seen_by: len(holders) > _MAX_WATCHED": "the length of a list",
    "licensing/watch:work: len(holders) > _MAX_WATCHED": "the length of a list",
    "sealing/service:_actor: len(officer) > _MAX_OFFICER": "the form of a name",
    "services/gate:gated: self._streams[system] * 2 >= self._most": "shares a worker's streams among systems",
    "services/gate:stream: self._streams[system] * 2 >= self._most": "as gated",
}
"""Comparisons that decide nothing about who may do what, and what they are instead."""


def compared(module: Path) -> Iterator[str]:
    """Yield the comparisons of a module that mention a party, as ``module:function: expression``."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    name = module.relative_to(Path(exchange.__file__).parent).with_suffix("").as_posix()
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Compare) and _mentions_a_party(node):
                    yield f"{name}:{function.name}: {ast.unparse(node)}"


def _mentions_a_party(comparison: ast.Compare) -> bool:
    if all(isinstance(operator, ast.Is | ast.IsNot) for operator in comparison.ops):
        return False  # whether there is one
    for side in (comparison.left, *comparison.comparators):
        for node in ast.walk(side):
            if isinstance(node, ast.Attribute) and node.attr in PARTIES:
                return True
            if isinstance(node, ast.Name) and node.id in PARTIES:
                return True
    return False


def test_no_module_compares_who_acts_with_what_it_is_about() -> None:
    folder = Path(exchange.__file__).parent
    modules = [path for path in folder.rglob("*.py") if path.relative_to(folder).parts[0] not in ELSEWHERE]
    found = {item for module in modules for item in compared(module)}
    assert found == OTHERWISE.keys()
