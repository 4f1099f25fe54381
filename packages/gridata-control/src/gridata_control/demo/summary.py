"""The end of the demo as a person reads it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gridata_control.demo.result import SHOWN_DIFFERENCES, AnswerCheck, DatasetResult, DemoResult
from gridata_control.landing.names import printable
from gridata_control.samples.answer_key import ExpectedReason


def print_summary(result: DemoResult, console: Console, gridata: str, home_option: str) -> None:
    """Print everything.

    Args:
        result: what to print.
        console: where to.
        gridata: how the reader starts the command, such as `uv run gridata`.
        home_option: `--home DIR` as the reader must repeat it, or empty.
    """
    console.print(Group(*_parts(result)))
    console.print(Text("\nWhat to try next", style="bold cyan"))
    for words, arguments in next_commands(result):
        console.print(Text(f"  # {words}", style="dim"))
        # never wrapped: a command must survive being copied
        console.print(Text(f"  {gridata} {arguments} {home_option}".rstrip()), soft_wrap=True)


def next_commands(result: DemoResult) -> list[tuple[str, str]]:
    """What each command shows, and its arguments."""
    sales = shlex.quote(
        "SELECT sale_date, currency, sum(orders) AS orders, sum(net_sales) AS net_sales"
        " FROM ecommerce_gold.daily_sales GROUP BY ALL ORDER BY 1 DESC, 2 LIMIT 9"
    )
    statuses = shlex.quote("SELECT status, count(*) FROM ecommerce_silver.orders GROUP BY ALL ORDER BY 2 DESC")
    commands = [
        ("all tables", "tables"),
        ("one of them: columns, snapshots", "table show ecommerce_silver.orders"),
        ("sales of the last days", f"sql {sales}"),
        ("orders by status", f"sql {statuses}"),
        ("what became of each file", "status"),
        ("the proof that no record was lost", "verify"),
        ("where a table comes from, column by column", "catalog lineage ecommerce_gold.customer_360"),
        ("the demo once more: nothing changes", "demo"),
    ]
    orders = next((each for each in result.tables if each.table == "ecommerce_silver.orders"), None)
    if orders is not None and orders.first_snapshot_id not in (None, orders.snapshot_id):
        commands.insert(4, ("the same before the updates came", f"sql {statuses} --as-of {orders.first_snapshot_id}"))
    return commands


def _parts(result: DemoResult) -> Iterable[RenderableType]:
    yield _headline(result)
    yield _section("Datasets", _datasets(result.datasets))
    yield _section("Tables", _tables(result))
    yield _section("Most frequent reasons", _reasons(result.datasets))
    yield _section("Quarantine against the answer key", _answer(result.answer_key))
    if result.failed_runs:
        lines = [Text(f"✗ {run.dag_id} {run.run_id}: {run.state}", style="red") for run in result.failed_runs]
        yield _section("Runs that failed", Group(*lines))
    yield _section("Where everything lies", _places(result))


def _headline(result: DemoResult) -> RenderableType:
    records = sum(dataset.rows_in for dataset in result.datasets)
    words = {"known": "put again unchanged"}
    files = (
        ", ".join(f"{count} {words.get(state, state.lower())}" for state, count in result.files.items() if count)
        or "none new"
    )
    ran = sum(not run.adopted for run in result.runs)
    return Group(
        Text(f"\n{records:,} records from {len(result.datasets)} datasets in {result.seconds:.0f} s", style="bold"),
        Text(f"files: {files}; DAG runs: {ran}; column lineage edges: {result.lineage_edges:,}"),
    )


def _section(title: str, content: RenderableType) -> RenderableType:
    return Group(Text(f"\n{title}", style="bold cyan"), Padding(content, (0, 0, 0, 2), expand=False))


def _grid(*columns: tuple[str, bool]) -> Table:
    """A light table that fits 80 columns; each column is a heading and whether it is a number."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True, header_style="dim")
    for heading, is_number in columns:
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    return table


def _datasets(datasets: Iterable[DatasetResult]) -> RenderableType:
    table = _grid(("dataset", False), ("lane", False), ("files", True), ("rows in", True), ("valid", True),
                  ("quarantined", True))  # fmt: skip
    for each in datasets:
        table.add_row(
            each.dataset,
            ", ".join(each.lanes) or "-",
            f"{sum(each.files.values())}",
            f"{each.rows_in:,}",
            f"{each.valid:,}",
            f"{each.quarantined:,} ({_percent(each.quarantined, each.rows_in)})",
        )
    return table


def _reasons(datasets: Iterable[DatasetResult]) -> RenderableType:
    table = _grid(("dataset", False), ("records", True), ("reason", False), ("check or column", False))
    for each in datasets:
        for group in each.top_reasons:
            table.add_row(each.dataset, f"{group.records:,}", group.reason, group.check or group.column or "the record")
    return table


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _tables(result: DemoResult) -> RenderableType:
    table = _grid(("table", False), ("rows", True), ("snapshots", True), ("current snapshot", True))
    for each in result.tables:
        table.add_row(each.table, f"{each.rows:,}", f"{each.snapshots}", str(each.snapshot_id or "-"))
    return table


def _answer(check: AnswerCheck) -> RenderableType:
    if check.equal:
        words = f"✓ equal: all {check.expected:,} reasons were found, row by row, and no other"
        return Text(words, style="bold green")
    words = (
        f"✗ different: {check.expected:,} reasons expected, {check.found:,} found,"
        f" {len(check.missing):,} missing, {len(check.unexpected):,} not in the answer key"
    )
    return Group(
        Text(words, style="bold red"),
        *(Text(f"missing     {_words(reason)}") for reason in check.missing[:SHOWN_DIFFERENCES]),
        *(Text(f"unexpected  {_words(reason)}") for reason in check.unexpected[:SHOWN_DIFFERENCES]),
    )


def _words(reason: ExpectedReason) -> str:
    row = "whole file" if reason.row_number is None else f"row {reason.row_number}"
    where = reason.check or reason.column or ""
    return f"{printable(reason.file)}, {row}: {reason.reason.value} {where}".rstrip()


def _places(result: DemoResult) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for name, place in result.places.items():
        table.add_row(Text(name.replace("_", " "), style="dim"), Text(place, overflow="fold"))
    return table
