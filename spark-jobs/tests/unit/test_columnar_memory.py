"""Memory of reading Parquet and ORC is bounded by what is decoded at once, not by groups, stripes or compression."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from gridata_contracts.model import Format
from gridata_contracts.reasons import ReasonCode
from gridata_jobs.read import columnar_slices
from gridata_jobs.read.columnar_slices import OrcGroups, Slices, open_groups
from gridata_jobs.read.source import FileRefusedError

WRITE = """
import sys, pyarrow as pa, pyarrow.orc as orc, pyarrow.parquet as pq
text = "a text of some length, the same in every row; " * 20
rows = pa.table({"n": range(600_000), "text": pa.repeat(text, 600_000)})
if sys.argv[2] == "orc":
    orc.write_table(rows, sys.argv[1], compression="zstd", stripe_size=2**30)
    assert orc.ORCFile(sys.argv[1]).nstripes == 1
else:
    pq.write_table(rows, sys.argv[1], row_group_size=600_000)
"""
READ = """
import resource, sys
from pathlib import Path
from gridata_contracts.model import Format
from gridata_jobs.read.columnar_slices import Slices, open_groups
peak_mb = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
before_mb, groups = peak_mb(), open_groups(Path(sys.argv[1]), Format(sys.argv[2]))
slices, seen = Slices(groups), 0
for index, group in enumerate(groups.groups):
    for first in range(0, group.rows, group.slice_rows):
        seen += slices.read(index, first, min(group.slice_rows, group.rows - first)).num_rows
print(seen, round(peak_mb() - before_mb))
"""


def run(code: str, *arguments: object) -> list[int]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return [int(word) for word in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()]


@pytest.mark.parametrize("form", ["orc", "parquet"])
def test_group_far_larger_than_a_slice_is_never_decoded_whole(tmp_path: Path, form: str) -> None:
    """Decoded, the one group is 550 MB; its compressed bytes are less than one."""
    path = tmp_path / f"file.{form}"
    run(WRITE, path, form)
    assert path.stat().st_size < 2**22

    rows, peak_mb = run(READ, path, form)

    assert rows == 600_000
    assert peak_mb < 300


@pytest.mark.parametrize("form", [Format.ORC, Format.PARQUET])
def test_rows_much_larger_than_the_first_ones_refuse_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: Format
) -> None:
    monkeypatch.setattr(columnar_slices, "SLICE_BYTES", 2**16)
    monkeypatch.setattr(columnar_slices, "MAX_SLICE_BYTES", 2**20)
    path = tmp_path / "file"
    table = pa.table({"text": ["a"] * 5000 + ["b" * 2000] * 5000})
    (pq.write_table if form is Format.PARQUET else orc.write_table)(table, path)
    groups = open_groups(path, form)
    slices = Slices(groups)

    assert groups.groups[0].slice_rows > 9000
    assert slices.read(0, 0, 1000).num_rows == 1000
    with pytest.raises(FileRefusedError) as refused:
        slices.read(0, 1000, 9000)

    assert refused.value.reason.code is ReasonCode.UNREADABLE_FILE
    assert "take more than 1 MB of memory; send the large ones in a file of their own" in str(
        refused.value.reason.expected
    )


def test_skipped_rows_do_not_count_as_a_slice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar_slices, "MAX_SLICE_BYTES", 2**20)
    pq.write_table(pa.table({"text": ["b" * 2000] * 5000}), tmp_path / "file")

    rows = Slices(open_groups(tmp_path / "file", Format.PARQUET)).read(0, 4990, 10)

    assert rows.num_rows == 10


@pytest.fixture
def stripes(tmp_path: Path) -> Path:
    """Rows 0 to 19 999 in several stripes."""
    path = tmp_path / "file"
    with orc.ORCWriter(path, stripe_size=4096, batch_size=1024) as writer:
        for first in range(0, 20_000, 1000):
            numbers = range(first, first + 1000)
            writer.write(pa.table({"n": numbers, "text": [f"{n * 7919:x}" * 9 for n in numbers]}))
    assert orc.ORCFile(path).nstripes > 3
    return path


@pytest.mark.parametrize("most", [1, columnar_slices.MAX_SLICE_BYTES], ids=["large stripes", "small stripes"])
def test_stripes_are_read_in_any_order(stripes: Path, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    groups = OrcGroups(stripes)
    counts = [group.rows for group in groups.groups]
    starts = [sum(counts[:i]) for i in range(len(counts))]
    monkeypatch.setattr(columnar_slices, "SLICE_BYTES", most)  # with MAX_SLICE_BYTES: which stripes are read whole
    monkeypatch.setattr(columnar_slices, "MAX_SLICE_BYTES", columnar_slices.MAX_SLICE_BYTES if most > 1 else 0)

    assert sum(counts) == 20_000
    for index in [*range(len(counts)), *reversed(range(len(counts))), 2, 2, 0]:
        found = [n for batch in groups.batches(index) for n in batch.column("n").to_pylist()]
        assert found == list(range(starts[index], starts[index] + counts[index]))


def test_stripes_in_order_are_decoded_once(stripes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scans: list[int] = []
    scan = OrcGroups._scan

    def counted(self: OrcGroups, piece_rows: int) -> Iterator[pa.RecordBatch]:
        scans.append(piece_rows)
        yield from scan(self, piece_rows)

    monkeypatch.setattr(OrcGroups, "_scan", counted)
    groups = OrcGroups(stripes)
    scans.clear()

    rows = [batch.num_rows for index in range(len(groups.groups)) for batch in groups.batches(index)]

    assert sum(rows) == 20_000
    assert len(scans) == 1


def test_file_without_a_narrow_column_is_one_stripe(tmp_path: Path) -> None:
    file = io.BytesIO()
    with orc.ORCWriter(file, stripe_size=4096, batch_size=1024) as writer:
        for first in range(0, 20_000, 1000):
            writer.write(pa.table({"text": [f"{n * 7919:x}" * 9 for n in range(first, first + 1000)]}))
    (tmp_path / "file").write_bytes(file.getvalue())

    groups = OrcGroups(tmp_path / "file")

    assert [group.rows for group in groups.groups] == [20_000]
    for _ in range(2):
        assert sum(batch.num_rows for batch in groups.batches(0)) == 20_000
