"""The matter of the benchmarks that asks five departments."""

from pathlib import Path

import yaml

from registry.parsing import load_yaml

_DEMO = Path(__file__).parents[2] / "exchange" / "demo" / "registers" / "registers.yaml"


def five_departments(folder: Path) -> Path:
    """Write the demo's matter without its license, which uses five departments."""
    demo = load_yaml(_DEMO)
    [matter] = demo["matters"]
    requirements = [
        {name: value for name, value in item.items() if name != "instead"}
        for item in matter["requirements"]
        if not item.get("dataset", "").startswith("license.")
    ]
    grants = [item | {"id": f"five-{item['id']}", "matters": ["five"]} for item in demo["grants"]]
    text = yaml.safe_dump({"matters": [matter | {"id": "five", "requirements": requirements}], "grants": grants})
    path = folder / "five.yaml"
    path.write_text(text)
    return path
