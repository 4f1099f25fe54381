"""Images of our own: built where they are missing, by the script that builds them anywhere."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping

from gridata_contracts.errors import PermanentError
from gridata_control.compose.engine import Engine
from gridata_control.compose.project import Project

OURS = "localhost/gridata/"
"""Begins the name of every image that is built here. A client never pulls `localhost/…`, so nobody else's is run."""
SCRIPT = "scripts/build_images.sh"
_STANDARD_ERROR = 2
_PARTS = {"worker": ("spark-jobs", "airflow")}
_ORDER = ("control", "spark-jobs", "airflow", "worker", "minio")
_BASES = {"BASE_IMAGE": "debian:bookworm-slim", "GO_IMAGE": "golang:1.26-bookworm"}


def build(engine: Engine, images: Iterable[str], *, anew: bool) -> None:
    """Build those of `images` that are ours: the missing ones, or all.

    Raises:
        PermanentError: one could not be built.
    """
    for tag, names in wanted(engine, images, anew=anew).items():
        code = subprocess.run(
            [str(engine.project.folder / SCRIPT), *names],
            cwd=engine.project.folder,
            env={**engine.project.environment, **_bases(engine.project), "PREFIX": "localhost", "TAG": tag}
            | {"BUILDER": "docker"},
            stdout=_STANDARD_ERROR,
            check=False,
        ).returncode
        if code != 0:
            raise PermanentError(
                f"images {', '.join(names)}: got exit code {code} from {SCRIPT}. What it said stands above; bases come "
                "from GRIDATA_REGISTRY_MIRROR where that is set."
            )


def wanted(engine: Engine, images: Iterable[str], *, anew: bool) -> dict[str, list[str]]:
    """Names to build by tag, in an order in which each has what it is made of."""
    found: dict[str, set[str]] = {}
    for image in sorted({each for each in images if each.startswith(OURS)}):
        name, _, tag = image.removeprefix(OURS).partition(":")
        if anew or not engine.has_image(image):
            parts = [part for part in _PARTS.get(name, ()) if anew or not engine.has_image(f"{OURS}{part}:{tag}")]
            found.setdefault(tag, set()).update([name, *parts])
    return {tag: sorted(names, key=_ORDER.index) for tag, names in found.items()}


def _bases(project: Project) -> Mapping[str, str]:
    values = project.values()
    mirror = values.get("GRIDATA_REGISTRY_MIRROR")
    return {name: values.get(name) or (f"{mirror}/{base}" if mirror else base) for name, base in _BASES.items()}
