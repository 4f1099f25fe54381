"""`gridata-job check --lane spark`: the Spark lane's verdicts, row by row, without a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from gridata_contracts.model import Contract
from gridata_contracts.reasons import Reason
from gridata_control.settings import Settings
from gridata_jobs.checked_rows import CheckedRow, FileToCheck, to_json
from gridata_jobs.lanes.spark_frame import CheckedFrame
from gridata_jobs.lanes.spark_read import SPAN, Piece, from_text
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.open import open_source
from gridata_jobs.read.source import ROW_NUMBER, FileRefusedError
from gridata_jobs.spark import spark_session


def check_on_spark(
    contract: Contract, files: Sequence[FileToCheck], as_of: datetime, home: Path, *, wants_valid: bool
) -> Iterator[CheckedRow]:
    """Verdicts in file and row order.

    Args:
        contract: what the files are checked against.
        files: staged, or refused already.
        as_of: the instant that stands for now.
        home: a scratch folder for the session's (empty) catalog.
        wants_valid: False gives only rejected rows and files, and collects only those.
    """
    pieces, refused = _cut(contract, files)
    with spark_session(Settings.load(home), f"check {contract.id}") as spark:
        frame = CheckedFrame(spark, contract, pieces, as_of)
        try:
            reasons = _reasons(frame, pieces)
            refused |= {pieces[s].position: from_text(text).reasons[0] for s, text in frame.refused_files()}
            values = frame.readable() if wants_valid else frame.readable_broken()
            by_place = (
                {(pieces[row[SPAN]].position, row[ROW_NUMBER]): row for row in values.toArrow().to_pylist()}
                if pieces
                else {}
            )
        finally:
            frame.close()
    for position, file in enumerate(files):
        if position in refused:
            yield CheckedRow(file.name, None, (refused[position],))
            continue
        rows = {row for at, row in [*reasons, *by_place] if at == position}
        for row in sorted(rows):
            found = by_place.get((position, row))
            typed = {k: v for k, v in found.items() if k not in {SPAN, ROW_NUMBER}} if found else None
            yield CheckedRow(file.name, row, reasons.get((position, row), ()), to_json(typed))


def _cut(contract: Contract, files: Sequence[FileToCheck]) -> tuple[list[Piece], dict[int, Reason]]:
    pieces: list[Piece] = []
    refused: dict[int, Reason] = {i: f.refusal for i, f in enumerate(files) if f.refusal is not None}
    duck = Duck(threads=1)
    try:
        for position, file in enumerate(files):
            if file.staged is None:
                continue
            try:
                spans = list(open_source(file.staged, contract, duck).spans())
            except FileRefusedError as error:
                refused[position] = error.reason
                continue
            pieces += [Piece(position, file.staged, span) for span in spans]
    finally:
        duck.close()
    return pieces, refused


def _reasons(frame: CheckedFrame, pieces: Sequence[Piece]) -> dict[tuple[int, int], tuple[Reason, ...]]:
    found: dict[tuple[int, int], tuple[Reason, ...]] = {}
    for row in frame.rejected().collect() if pieces else []:
        rejected = from_text(row["_rejected"])
        if rejected.row is not None:
            found[pieces[row[SPAN]].position, rejected.row] = rejected.reasons
    return found
