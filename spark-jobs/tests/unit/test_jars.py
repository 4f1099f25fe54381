from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from gridata_contracts.errors import PermanentError, TransientError
from gridata_jobs import jars
from gridata_jobs.jars import Jar, jar_paths, locked_jars


def jar(content: bytes) -> Jar:
    return Jar("org.example", "thing", "1.0", hashlib.sha256(content).hexdigest())


def test_every_line_of_the_lock_is_a_jar_with_a_hash() -> None:
    found = locked_jars()
    assert {one.artifact for one in found} >= {"iceberg-spark-runtime-4.1_2.13", "sqlite-jdbc", "postgresql"}
    assert all(len(one.sha256) == 64 for one in found)


def test_a_jar_with_another_content_is_refused_and_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(wanted: list[Jar], scratch: Path) -> dict[Jar, Path]:
        path = scratch / "thing.jar"
        path.write_bytes(b"tampered")
        return {wanted[0]: path}

    monkeypatch.setattr(jars, "_fetch", fetch)
    with pytest.raises(PermanentError, match=r"jar org\.example:thing:1\.0: got sha256"):
        jar_paths([jar(b"good")], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_four_callers_at_once_fetch_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = []

    def fetch(wanted: list[Jar], scratch: Path) -> dict[Jar, Path]:
        fetched.append(wanted)
        path = scratch / "thing.jar"
        path.write_bytes(b"good")
        return {wanted[0]: path}

    monkeypatch.setattr(jars, "_fetch", fetch)
    callers = [threading.Thread(target=jar_paths, args=([jar(b"good")], tmp_path)) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert len(fetched) == 1
    assert (tmp_path / "thing-1.0.jar").read_bytes() == b"good"


def test_no_resolver_has_the_jar_is_worth_a_retry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jars, "_run", lambda command: None)
    with pytest.raises(TransientError, match=r"got no org\.example:thing:1\.0"):
        jar_paths([jar(b"good")], tmp_path)
