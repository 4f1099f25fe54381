"""What the page about frames shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "frames.md"
ORDERS = pa.table(
    {
        "order_id": ["a", "b", "c", None, "e"],
        "total": [1.5, 2.0, 3.0, 4.0, 5.0],
        "email": ["x@example.com"] * 5,
        "quantity": [1, 2, 3, 0, 5],
        "status": ["new", "paid", "lost", "new", "new"],
    }
)


def test_the_code_of_the_page_runs_and_prints_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders").mkdir()
    pq.write_table(ORDERS, tmp_path / "orders" / "1.parquet")
    text = PAGE.read_text()
    names: dict[str, Any] = {"orders": ORDERS}
    printed = []
    for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(compile(code, str(PAGE), "exec"), names)  # the page is ours
        printed.append(capsys.readouterr().out)

    (shown,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    assert printed[0] == shown
    assert "order_id.is_not_null 1\n" in printed[1]
    assert pq.read_table(tmp_path / "rejected.parquet").num_rows == 2
