"""Checks that the code beside the .proto files is generated from them; ``--write`` generates it."""

import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

PROTOS = Path(__file__).parents[2] / "protos"


def generate(target: Path) -> None:
    """Generate messages and their types in ``target``."""
    sources = sorted(str(path) for path in PROTOS.rglob("*.proto"))
    arguments = [
        "protoc",
        f"-I{PROTOS}",
        f"-I{files('grpc_tools') / '_proto'}",
        f"--python_out={target}",
        f"--pyi_out={target}",
    ]
    if protoc.main([*arguments, *sources]):
        sys.exit("protoc failed")


def main() -> None:
    """Write the files, or name those that are outdated."""
    if "--write" in sys.argv:
        generate(PROTOS)
        return
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        fresh = {path.relative_to(folder): path.read_text() for path in Path(folder).rglob("*_pb2*")}
    kept = {
        path.relative_to(PROTOS): path.read_text() for path in PROTOS.rglob("*_pb2*") if path.suffix in (".py", ".pyi")
    }
    if stale := sorted(str(path) for path in fresh.keys() | kept.keys() if fresh.get(path) != kept.get(path)):
        sys.exit(f"not current, run make proto: {', '.join(stale)}")
    print(f"generated code is current ({len(fresh)} files)")


if __name__ == "__main__":
    main()
