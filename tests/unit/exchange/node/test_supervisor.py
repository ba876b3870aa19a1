"""Tests of the supervisor: its own metrics are among those of the node."""

import subprocess
import sys

IMPORTED = "import sys, exchange.cli.node; print('prometheus_client' in sys.modules)"


def test_no_metrics_are_made_before_their_folder_is_known() -> None:
    found = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout == "False\n"
