"""Rows that fail only checks with a threshold, kept on local disk until the end of the batch decides about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import pyarrow as pa

from gridata_jobs.checks.decision import Decision
from gridata_jobs.quarantine import Rejected, from_text, to_text

_REJECTED = "_rejected"


@dataclass(frozen=True)
class Decided:
    """Held rows of one block, decided: kept with their flags, or rejected for the checks that are broken."""

    file_id: str
    valid: pa.Table
    rejected: list[Rejected]


class HeldRows:
    """Appends blocks to one file each; gives them back once."""

    def __init__(self, scratch: Path) -> None:
        self._folder = scratch / "held"
        self._blocks: list[tuple[Path, str]] = []

    def add(self, rows: pa.Table, holding: Sequence[Rejected], file_id: str) -> None:
        """Keep rows of one block of a file, with what they would be rejected as, in the same order."""
        if len(rows) == 0:
            return
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{len(self._blocks)}.arrow"
        table = rows.append_column(_REJECTED, pa.array([to_text(each) for each in holding], pa.string()))
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table.combine_chunks())
        self._blocks.append((path, file_id))

    def decided(self, decision: Decision) -> Iterator[Decided]:
        """Every held row once, in the order they came."""
        for path, file_id in self._blocks:
            with pa.OSFile(str(path), "rb") as source, pa.ipc.open_file(source) as reader:
                yield _decide(reader.read_all(), file_id, decision.rejecting)
            path.unlink()


def _decide(table: pa.Table, file_id: str, rejecting: frozenset[str]) -> Decided:
    would_be = [from_text(str(text)) for text in table.column(_REJECTED).to_pylist()]
    rejected = [is_rejected(each, rejecting) for each in would_be]
    keep = pa.array([not each for each in rejected], pa.bool_())
    return Decided(file_id, table.drop_columns([_REJECTED]).filter(keep), list(compress(would_be, rejected)))


def is_rejected(would_be: Rejected, rejecting: frozenset[str]) -> bool:
    """Whether one of its checks is broken; its reasons then name everything it fails."""
    return any(reason.check in rejecting for reason in would_be.reasons)
