"""Where metadata goes: the interface every destination has, and what one delivery is."""

from __future__ import annotations

from gridata_control.datahub import client  # noqa: F401 - tames DataHub's client before its first import

# isort: split
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from datahub.emitter.mcp import MetadataChangeProposalWrapper as Proposal


@dataclass(frozen=True)
class Emission:
    """Everything one run (or one contract) has to say, in the order it must arrive.

    Attributes:
        name: run id, or `contract-<dataset id>`; the same name replaces what was said before.
    """

    name: str
    proposals: tuple[Proposal, ...]

    @property
    def file_name(self) -> str:
        """The name as a file name."""
        return re.sub(r"[^A-Za-z0-9._-]", "_", self.name).lstrip(".") + ".json"


class Sink(Protocol):
    """One destination. Saying the same thing twice leaves it as it was after the first time."""

    @property
    def name(self) -> str:
        """Of the destination, as shown to people; also a folder of the outbox."""
        ...

    def emit(self, emission: Emission) -> None:
        """Deliver all of it.

        Raises:
            TransientError: the destination did not answer; the same call may succeed later.
            PermanentError: the destination refused the content.
        """
        ...


def runs_dir(datahub_dir: Path) -> Path:
    """Folder of the metadata files, one per run."""
    return datahub_dir / "runs"
