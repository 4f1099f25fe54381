"""Metadata as files that `datahub ingest`, `datahub check metadata-file` and people can read."""

from __future__ import annotations

from gridata_control.datahub import client  # noqa: F401 - tames DataHub's client before its first import

# isort: split
import json
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from datahub.emitter.mcp import MetadataChangeProposalWrapper as Proposal

from gridata_contracts.errors import PermanentError, TransientError
from gridata_control.datahub.sink import Emission

KEPT_FILES = 500
"""Metadata files of finished deliveries; one of a large contract has 250 KB."""


class FileSink:
    """One JSON file per run: a list of metadata change proposals."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def emit(self, emission: Emission) -> None:
        """Write the file in one step: readers see the old content or the new one.

        Raises:
            TransientError: the disk is full or the folder cannot be written.
        """
        target = self._folder / emission.file_name
        partial = target.with_name(f".{target.name}.{os.getpid()}.part")
        lines = (json.dumps(one.to_obj(simplified_structure=True)) for one in emission.proposals)
        content = "[\n" + ",\n".join(lines) + "\n]\n"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            partial.write_text(content, encoding="utf-8")
            partial.replace(target)
        except OSError as error:
            with suppress(OSError):
                partial.unlink()
            raise TransientError(
                f"metadata file {target}: got {error.strerror}, allowed a folder that can be written. Free the disk."
            ) from error

    def prune(self, kept: Collection[str], newest: int = KEPT_FILES) -> None:
        """Remove the oldest files above `newest`, except those of the runs in `kept`."""
        names = {Emission(name, ()).file_name for name in kept}
        files = sorted(self._folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        for path in files[: max(len(files) - newest, 0)]:
            if path.name not in names:
                path.unlink(missing_ok=True)


def read_emission(folder: Path, name: str) -> Emission:
    """What `FileSink` wrote under that name.

    Raises:
        PermanentError: the file is gone or is no metadata file.
    """
    path = folder / Emission(name, ()).file_name
    try:
        proposals = [Proposal.from_obj(one) for one in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, AssertionError) as error:
        raise PermanentError(
            f"metadata file {path}: got {type(error).__name__}, allowed a file this program wrote. "
            "Run the job again to write it anew."
        ) from error
    return Emission(name, tuple(one for one in proposals if isinstance(one, Proposal)))
