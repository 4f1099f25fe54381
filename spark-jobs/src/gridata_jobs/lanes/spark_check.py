"""`gridata-job check --lane spark`: the Spark lane's verdicts, row by row, without a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gridata_contracts.errors import UsageError
from gridata_contracts.model import Contract
from gridata_contracts.reasons import Reason
from gridata_control.settings import Settings
from gridata_jobs.checked_rows import CheckedRow, Decided, FileToCheck, flags_of, to_json
from gridata_jobs.checks.lookup import Lookup
from gridata_jobs.checks.verdicts import FLAGS
from gridata_jobs.lanes.spark_frame import CheckedFrame
from gridata_jobs.lanes.spark_read import SPAN, Piece, explainer_of_broken, read_rows
from gridata_jobs.quarantine import from_text
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.open import open_source
from gridata_jobs.read.source import ROW_NUMBER, FileRefusedError
from gridata_jobs.spark import MASTER, is_local, spark_session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def check_on_spark(  # noqa: PLR0913 # one argument per thing a caller decides
    contract: Contract,
    files: Sequence[FileToCheck],
    as_of: datetime,
    home: Path,
    decided: Decided,
    *,
    wants_valid: bool,
    lookup: Lookup | None = None,
) -> Iterator[CheckedRow]:
    """Verdicts in file and row order.

    Args:
        contract: what the files are checked against.
        files: staged, or refused already.
        as_of: the instant that stands for now.
        home: a scratch folder for the session's (empty) catalog.
        decided: told before the first row is given.
        wants_valid: False gives only rejected rows and files, and collects only those.
        lookup: tables that checks look values up in.
    """
    pieces, refused = _cut(contract, files)
    with spark_session(Settings.load(home), f"check {contract.id}") as spark:
        _require_local(spark)
        frame = CheckedFrame(read_rows(spark, contract, pieces), contract, as_of, lookup)
        try:
            refused |= {pieces[s].position: from_text(text).reasons[0] for s, text in frame.refused_files()}
            decided(frame.decision, sum(piece.span.count for piece in pieces if piece.position not in refused))
            found = _rows(frame, contract, pieces, files, wants_valid=wants_valid) if pieces else []
        finally:
            frame.close()
    for position, file in enumerate(files):
        if position in refused:
            yield CheckedRow(file.name, None, (refused[position],))
        else:
            yield from sorted((row for at, row in found if at == position), key=lambda row: row.row or 0)


def _rows(
    frame: CheckedFrame,
    contract: Contract,
    pieces: Sequence[Piece],
    files: Sequence[FileToCheck],
    *,
    wants_valid: bool,
) -> list[tuple[int, CheckedRow]]:
    """Rows with the position of their file."""
    reasons = _reasons(frame, contract, pieces)
    values = {
        (pieces[row.pop(SPAN)].position, row.pop(ROW_NUMBER)): row
        for row in frame.readable_broken().toArrow().to_pylist()
    }
    found = [
        (at, CheckedRow(files[at].name, row, why, to_json(values.get((at, row))))) for (at, row), why in reasons.items()
    ]
    for row in frame.valid().toArrow().to_pylist() if wants_valid else ():
        at, number, flags = pieces[row.pop(SPAN)].position, row.pop(ROW_NUMBER), row.pop(FLAGS)
        found.append((at, CheckedRow(files[at].name, number, (), to_json(row), flags_of(flags))))
    return found


def _require_local(spark: SparkSession) -> None:
    master = spark.conf.get("spark.master") or "local"
    if not is_local(master):
        raise UsageError(
            f"{MASTER}: got {master}, allowed local[*] for files of this machine: executors do not see them."
        )


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


def _reasons(
    frame: CheckedFrame, contract: Contract, pieces: Sequence[Piece]
) -> dict[tuple[int, int], tuple[Reason, ...]]:
    found: dict[tuple[int, int], tuple[Reason, ...]] = {}
    rejected_rows = frame.rejected(explainer_of_broken(contract, pieces, frame.all_checks))
    for row in rejected_rows.collect() if pieces else []:
        rejected = from_text(row["_rejected"])
        if rejected.row is not None:
            found[pieces[row[SPAN]].position, rejected.row] = rejected.reasons
    return found
