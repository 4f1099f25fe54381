"""The jars Spark needs: fetched once, checked against jars.lock, then only paths.

`python -m gridata_jobs.jars` fetches them ahead of the first session. Where they come from is the business of the
machine: Spark's own resolver with its settings (`spark.jars.ivySettings` or `spark.jars.repositories` in Spark's
defaults, or GRIDATA_JAR_REPOSITORIES, comma-separated), and the Maven client with its settings.xml when that fails.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from gridata_contracts.errors import GridataError, PermanentError, TransientError

_TIMEOUT_S = 900
_ANNOTATIONS_ONLY = "org.checkerframework:checker-qual"  # the PostgreSQL driver names it; nothing needs it to run


@dataclass(frozen=True)
class Jar:
    """One locked jar: Maven coordinates and the hash its content must have."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def coordinates(self) -> str:
        """`group:artifact:version`."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file_name(self) -> str:
        """Name in the cache."""
        return f"{self.artifact}-{self.version}.jar"


def locked_jars() -> tuple[Jar, ...]:
    """The jars of jars.lock, in its order."""
    lines = files("gridata_jobs").joinpath("jars.lock").read_text().splitlines()
    return tuple(_parse(line) for line in lines if line.strip() and not line.startswith("#"))


def _parse(line: str) -> Jar:
    coordinates, sha256 = line.split()
    group, artifact, version = coordinates.split(":")
    return Jar(group, artifact, version, sha256)


def jars_dir() -> Path:
    """`$GRIDATA_CACHE/jars`, by default `~/.cache/gridata/jars`."""
    return Path(os.environ.get("GRIDATA_CACHE") or Path.home() / ".cache" / "gridata") / "jars"


def jar_paths(jars: Sequence[Jar] | None = None, folder: Path | None = None) -> list[Path]:
    """Paths of the locked jars; the missing ones are fetched and checked first.

    A jar gets its place in the folder only after its hash was checked, so one that is there is good. Safe to call
    from several processes at once: one fetches, the others wait.

    Raises:
        TransientError: no resolver could fetch a jar.
        PermanentError: a fetched jar has another hash than jars.lock says.
    """
    jars = locked_jars() if jars is None else jars
    folder = jars_dir() if folder is None else folder
    paths = [folder / jar.file_name for jar in jars]
    if not all(path.is_file() for path in paths):
        folder.mkdir(parents=True, exist_ok=True)
        with _only_one(folder):
            missing = [jar for jar, path in zip(jars, paths, strict=True) if not path.is_file()]
            _install(missing, folder)
    return paths


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(jars: Sequence[Jar], folder: Path) -> None:
    if not jars:
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
        fetched = _fetch(jars, Path(scratch))
        for jar in jars:
            check_hash(jar, fetched[jar])
            fetched[jar].replace(folder / jar.file_name)


def check_hash(jar: Jar, path: Path) -> None:
    """Refuse a jar whose content is not the locked one.

    Raises:
        PermanentError: the hash differs.
    """
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    if sha256 != jar.sha256:
        raise PermanentError(
            f"jar {jar.coordinates}: got sha256 {sha256}, allowed {jar.sha256}. "
            "Ask who runs the artifact mirror; change jars.lock only for a version you mean to change."
        )


def _fetch(jars: Sequence[Jar], scratch: Path) -> dict[Jar, Path]:
    fetched = _fetch_with_spark(jars, scratch)
    if len(fetched) < len(jars) and shutil.which("mvn"):
        fetched |= _fetch_with_maven([jar for jar in jars if jar not in fetched], scratch)
    missing = [jar.coordinates for jar in jars if jar not in fetched]
    if missing:
        raise TransientError(
            f"jars: got no {', '.join(missing)}, allowed every jar of jars.lock. Check the network, or name a mirror "
            "in GRIDATA_JAR_REPOSITORIES or in Spark's spark.jars.ivySettings."
        )
    return fetched


def _fetch_with_spark(jars: Sequence[Jar], scratch: Path) -> dict[Jar, Path]:
    """Let spark-submit resolve the packages; it does so before it starts the (empty) program."""
    import pyspark

    program = scratch / "empty.py"
    program.touch()
    repositories = os.environ.get("GRIDATA_JAR_REPOSITORIES")
    command = [
        str(Path(pyspark.__file__).parent / "bin" / "spark-submit"),
        *("--master", "local[1]", "--conf", f"spark.jars.ivy={scratch / 'ivy'}"),
        *("--packages", ",".join(jar.coordinates for jar in jars), "--exclude-packages", _ANNOTATIONS_ONLY),
        *(("--repositories", repositories) if repositories else ()),
        str(program),
    ]
    _run(command)
    paths = {jar: scratch / "ivy" / "jars" / f"{jar.group}_{jar.file_name}" for jar in jars}
    return {jar: path for jar, path in paths.items() if path.is_file()}


def _fetch_with_maven(jars: Sequence[Jar], scratch: Path) -> dict[Jar, Path]:
    for jar in jars:
        _run(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={jar.coordinates}", f"-DoutputDirectory={scratch}"])
    paths = {jar: scratch / jar.file_name for jar in jars}
    return {jar: path for jar, path in paths.items() if path.is_file()}


def _run(command: list[str]) -> None:
    """Run a resolver. What it failed to fetch is seen by the caller, which knows another resolver to try."""
    python = {"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable}
    # A machine whose name leads nowhere, such as the one in which an image is built, is enough to resolve jars on.
    environment = {**os.environ, **python, "SPARK_LOCAL_HOSTNAME": "localhost"}
    try:
        subprocess.run(command, check=False, capture_output=True, timeout=_TIMEOUT_S, env=environment)
    except subprocess.TimeoutExpired as error:
        raise TransientError(
            f"jars: got no answer from {Path(command[0]).name} in {_TIMEOUT_S} s, allowed a download that ends. "
            "Check the network and retry."
        ) from error


def main() -> int:
    """Fetch every locked jar; the exit code follows the error tree."""
    try:
        paths = jar_paths()
    except GridataError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{len(paths)} jars in {jars_dir()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
