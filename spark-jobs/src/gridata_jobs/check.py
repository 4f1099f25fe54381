"""`gridata-job check`: files against a contract without writing anything; one JSON line per rejected row."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import click

from gridata_contracts.errors import UsageError
from gridata_contracts.load import load_contract
from gridata_contracts.model import Contract, Format, JsonValue
from gridata_contracts.reasons import Reason, ReasonCode
from gridata_control.landing.names import forbidden, printable, unknown_suffix
from gridata_jobs.arguments import read_instant
from gridata_jobs.check_lookup import lookup_of
from gridata_jobs.check_summary import Summary, Totals
from gridata_jobs.checked_rows import CheckedRow, FileToCheck, check_on_duckdb
from gridata_jobs.checks.decision import Decision
from gridata_jobs.checks.explain import LANES, explain, explanation_json, explanation_text
from gridata_jobs.ingest import scratch
from gridata_jobs.read.source import FileRefusedError
from gridata_jobs.read.staging import format_of, stage


@click.command()
@click.option("--contract", "contract_path", required=True, type=click.Path(path_type=Path), help="Contract document.")
@click.option("--file", "files", multiple=True, type=click.Path(path_type=Path), help="One or more.")
@click.argument("more_files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--lane",
    type=click.Choice(["auto", "duckdb", "spark"]),
    default="auto",
    show_default=True,
    help="auto: as the contract says.",
)
@click.option("--format", "format_name", type=click.Choice([f.value for f in Format]), help="Default: by file name.")
@click.option("--as-of", default=None, help="The instant that stands for now, ISO 8601 with zone; default: now.")
@click.option(
    "--home",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Look values up in the tables of this home; without it, checks that refer to other datasets are not asked.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of text.")
@click.option("--all", "show_all", is_flag=True, help="Every row, not only rejected ones.")
@click.option("--explain", "explains", is_flag=True, help="What the checks cost on each lane; needs no file.")
@click.option("--values", "show_values", is_flag=True, help="Add the parsed record to each row.")
def check(  # noqa: PLR0913 # one argument per option
    contract_path: Path,
    files: tuple[Path, ...],
    more_files: tuple[Path, ...],
    lane: str,
    format_name: str | None,
    as_of: str | None,
    home: Path | None,
    as_json: bool,
    show_all: bool,
    explains: bool,
    show_values: bool,
) -> int:
    """Check files against a contract. Exit code 1 when a row or file is rejected."""
    contract = load_contract(contract_path)
    if explains:
        _explain(contract, lane, as_json=as_json)
        return 0
    lane = ("spark" if contract.lane == "spark" else "duckdb") if lane == "auto" else lane
    started_s, totals = time.perf_counter(), Totals()
    instant, judged = read_instant(as_of), list[tuple[Decision, int]]()

    def decided(decision: Decision, records: int) -> None:
        judged.append((decision, records))

    lookup = lookup_of(home, instant)
    with scratch("check") as folder:
        paths = (*files, *more_files)
        staged = list(_stage(contract, paths, Format(format_name) if format_name else None, folder))
        if lane == "spark":
            from gridata_jobs.lanes.spark_check import check_on_spark  # loads Spark

            at = home or folder / "home"
            rows = check_on_spark(contract, staged, instant, at, decided, wants_valid=show_all, lookup=lookup)
        else:
            rows = check_on_duckdb(contract, staged, instant, folder, decided, lookup)
        for row in rows:
            _count(totals, row)
            if show_all or row.reasons:
                click.echo(_line(row, as_json=as_json, values=show_values))
    decision, totals.rows_in = judged[0]
    totals.valid = totals.rows_in - totals.rejected
    seconds, not_asked = time.perf_counter() - started_s, lookup.not_asked(contract)
    misnamed = {str(path): why for path in paths if (why := _name_problem(path, format_name)) is not None}
    summary = Summary(totals, len(staged), lane, seconds, decision, not_asked, misnamed)
    click.echo(json.dumps(summary.as_json()) if as_json else summary.as_text())
    return 1 if totals.rejected or totals.files_rejected or decision.gate else 0


def _name_problem(path: Path, format_name: str | None) -> str | None:
    """Why a file would be refused by its name alone; the ending does not count where a format is given."""
    problem = forbidden(path.name)
    return problem or (unknown_suffix(path.name) if format_name is None else None)


def _explain(contract: Contract, lane: str, *, as_json: bool) -> None:
    found = [explain(contract, each) for each in (LANES if lane == "auto" else (lane,))]
    click.echo("\n".join(json.dumps(explanation_json(each)) if as_json else explanation_text(each) for each in found))


def _stage(contract: Contract, files: tuple[Path, ...], format_: Format | None, folder: Path) -> Iterator[FileToCheck]:
    if not files:
        raise UsageError("--file: got none, allowed one or more. What the checks cost, --explain says without files.")
    for i, path in enumerate(files):
        if not path.is_file():
            raise UsageError(f"--file: got {str(path)!r}, which is no file. Check the path.")
        copy = folder / f"{i}.landed"
        shutil.copyfile(path, copy)
        try:
            yield FileToCheck(str(path), stage(copy, format_ or format_of(path.name, contract.landing.format)), None)
        except FileRefusedError as refused:
            yield FileToCheck(str(path), None, refused.reason)


def _count(totals: Totals, row: CheckedRow) -> None:
    """Count what is given in any case: rejected rows, and files without rows."""
    if row.row is None:
        totals.files_rejected += row.reasons[0].code is not ReasonCode.EMPTY_FILE
        totals.files_empty += row.reasons[0].code is ReasonCode.EMPTY_FILE
        return
    totals.rejected += bool(row.reasons)


def _line(row: CheckedRow, *, as_json: bool, values: bool) -> str:
    is_empty = row.row is None and row.reasons[0].code is ReasonCode.EMPTY_FILE
    verdict = "empty" if is_empty else "rejected" if row.reasons else "valid"
    if not as_json:
        name = printable(row.file)
        where = name if row.row is None else f"{name}:{row.row}"
        flags = f" ({', '.join(row.flags)})" if row.flags else ""
        return f"{where}: {verdict}{flags}" + "".join(f"\n  {_sentence(reason)}" for reason in row.reasons)
    line: dict[str, JsonValue] = {
        "file": row.file,
        "row_number": row.row,
        "verdict": verdict,
        "failed": [{"check": r.check, "column": r.column, "reason": r.code.value} for r in row.reasons],
    }
    if row.flags:
        line["flags"] = [*row.flags]
    return json.dumps({**line, "record": row.values} if values else line, ensure_ascii=False)


def _sentence(reason: Reason) -> str:
    got = f", got {reason.got}" if reason.got is not None else ""
    return f"{reason.code.value} {reason.check or reason.column or ''}: expected {reason.expected}{got}"
