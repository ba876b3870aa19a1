"""The environment of a node is complete before libraries read it."""

import subprocess
import sys
from pathlib import Path

import pytest

PREPARES = "from exchange.node.environment import prepare_environment; prepare_environment(Path(sys.argv[1]))"


@pytest.mark.parametrize(("first", "code"), [("", 0), ("import grpc", 1), (PREPARES + "; import grpc", 0)])
def test_a_node_does_not_start_with_a_grpc_that_takes_tls_1_2(tmp_path: Path, first: str, code: int) -> None:
    program = f"import sys; from pathlib import Path; {first or 'pass'}; {PREPARES}"
    found = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True)
    assert (found.returncode, "before it is limited to TLS 1.3" in found.stderr) == (code, bool(code))
