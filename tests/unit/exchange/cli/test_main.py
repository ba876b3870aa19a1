"""Tests of the entry point of the command line."""

import subprocess
import sys
from pathlib import Path


def test_a_file_that_a_command_opens_is_never_a_standard_stream(tmp_path: Path) -> None:
    script = (
        "import sys; from exchange.cli import main; main.find_spec = lambda _: None\n"
        "from exchange.cli import light\n"
        f"light.run = lambda: open({str(tmp_path / 'a')!r}, 'w').write(str(open({str(tmp_path / 'b')!r}, 'w').fileno()))\n"
        "main.main()"
    )
    subprocess.run(["sh", "-c", 'exec "$0" -c "$1" 0<&- 1>&- 2>&-', sys.executable, script], check=True)
    assert int((tmp_path / "a").read_text()) > 2


def test_an_error_does_not_control_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text('"x\\e[31m\\u202e": 1')
    script = (
        "import sys; from pathlib import Path; from exchange.cli import app\n"
        "from registry.register_files import RegisterFiles\n"
        "def load():\n"
        "    files = RegisterFiles()\n"
        f"    files.read(Path({str(tmp_path / 'a.yaml')!r}))\n"
        "    files.faults.raise_any()\n"
        "app.make_app = lambda _: load\n"
        "app.run()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "a.yaml: x\\x1b[31m\\u202e: " in done.stderr
