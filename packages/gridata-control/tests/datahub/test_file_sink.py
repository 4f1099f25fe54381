"""Metadata files do not pile up, and those still to be delivered stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from gridata_contracts.errors import PermanentError, TransientError
from gridata_control.datahub.file_sink import FileSink, read_emission
from gridata_control.datahub.sink import Emission


def test_oldest_files_go_except_those_somebody_waits_for(tmp_path: Path) -> None:
    sink = FileSink(tmp_path)
    for number in range(5):
        sink.emit(Emission(f"run-{number}", ()))

    sink.prune({"run-0"}, newest=2)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["run-0.json", "run-3.json", "run-4.json"]


def test_run_id_cannot_leave_the_folder(tmp_path: Path) -> None:
    FileSink(tmp_path / "runs").emit(Emission("../../etc/passwd", ()))

    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json")] == ["runs/_.._etc_passwd.json"]


def test_folder_that_cannot_be_written_is_transient(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file where the folder should be")

    with pytest.raises(TransientError, match="allowed a folder that can be written"):
        FileSink(tmp_path / "runs").emit(Emission("run", ()))


@pytest.mark.parametrize("content", [None, "{", "[1]"])
def test_file_that_is_none_of_ours_is_a_permanent_error(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content)

    with pytest.raises(PermanentError, match="allowed a file this program wrote"):
        read_emission(tmp_path, "run")
