"""Test of the services: names of methods are those of the descriptors."""

import ast
from pathlib import Path

from exchange import services
from tests.support.calling import METHODS

FOLDER = Path(services.__file__).parent


def test_no_service_repeats_the_name_of_a_method() -> None:
    names = {method.name for method in METHODS.values()}
    repeated = [
        f"{path.name}:{node.lineno} {node.value}"
        for path in sorted(FOLDER.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert repeated == []
