"""Audit devices that cannot write: Vault serves while one can, and not a request when none can."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gridata_contracts.errors import GridataError

pytestmark = pytest.mark.integration

FULL = Path("/dev/full")
"""Takes nothing: every write says that the disk is full."""


def test_one_blocked_device_is_borne_and_two_are_not(make_bench: Callable[..., Any]) -> None:
    bench = make_bench()
    bench.run()
    first, second = (bench.server.folder / name for name in ("audit.log", "audit-2.log"))
    root = bench.as_(bench.root())

    _replace(bench, first, FULL)
    before = len(second.read_text().splitlines())
    assert root.read("secret/data/platform/minio")
    assert len(second.read_text().splitlines()) == before + 2  # request and response

    _replace(bench, second, FULL)
    with pytest.raises(GridataError):
        root.read("secret/data/platform/minio")

    second.unlink()
    _replace(bench, second, None)

    assert root.read("secret/data/platform/minio")
    assert second.stat().st_size > 0


def _replace(bench: Any, log: Path, target: Path | None) -> None:
    """Put something else in a log's place, and have Vault open it anew."""
    if target is not None:
        log.rename(log.with_suffix(".old"))
        log.symlink_to(target)
    process = bench.server.server.process
    process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 20
    while str(target or log) not in _open_files(process.pid):  # it opens a log with the next request
        assert time.monotonic() < deadline
        with suppress(GridataError):
            bench.as_(None).read("secret/data/none")


def _open_files(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.add(str(link.readlink()))
    return found
