"""Registers for tests: two agencies, a system, a dataset, a grant."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from registry.grants import Grant
from registry.matters import Mode

REGISTERS = """
agencies: [{uscc: "113205000000140157", name: 公安局, region: "320500"}, {uscc: "113205000000140825", name: 审批局, region: "320500"}]
systems: [{id: desk, agency: "113205000000140825", name: 受理系统}]
"""


DATASET = """
catalogue: {id: d, title: 数据, title_en: Data, source: "113205000000140157", sharing: conditional, keys: [citizen_id],
            update_cycle: daily, fields: [{name: name, title: 姓名, title_en: Name}]}
"""


def grant(**changed: object) -> Grant:
    values = {
        "id": "g", "agency": "113205000000140825", "dataset": "d", "fields": ("name",), "modes": (Mode.VERIFY,),
        "matters": ("m",), "legal_basis": "依据", "valid_from": datetime(2026, 1, 1, tzinfo=UTC),
        "valid_to": datetime(2036, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return Grant(**(values | changed))  # type: ignore[arg-type]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    (tmp_path / "registers.yaml").write_text(REGISTERS)
    (tmp_path / "dataset.yaml").write_text(DATASET)
    return [tmp_path / "registers.yaml", tmp_path / "dataset.yaml"]
