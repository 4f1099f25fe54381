"""`gridata quality`: the newest numbers of each dataset, and how they went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from gridata_contracts.errors import UsageError
from gridata_control.cli.grid import print_grid
from gridata_control.cli.options import echo_json, json_option, with_settings
from gridata_control.settings import Settings

if TYPE_CHECKING:
    from gridata_control.quality import CheckResult, Measured

_MOST_VALUES = 20
"""Of a column, the most frequent first."""


@click.group()
def quality() -> None:
    """Scores, broken checks, and numbers over time."""


@quality.command()
@click.argument("dataset", required=False)
@json_option
@with_settings
def show(settings: Settings, dataset: str | None, *, as_json: bool) -> None:
    """The newest numbers of every dataset, or of DATASET with its checks and columns."""
    newest = {one.dataset: one for one in _measured(settings, dataset)}
    distributions = {} if dataset is None else _distributions(settings, dataset)
    if as_json:
        more = {} if dataset is None else {"distributions": distributions}
        echo_json([_plain(one) | more for one in newest.values()])
        return
    if not newest:
        click.echo("Nothing yet. Every published batch adds its numbers; `gridata demo` publishes some.")
        return
    heads = ("dataset", "score", "rows in", "rejected", "checks", "broken", "measured")
    print_grid("Quality", heads, (_summary(one) for one in newest.values()))
    for one in newest.values():
        if one.broken:
            print_grid(f"Broken checks of {one.dataset}", ("check", "severity", "found"), map(_found, one.broken))
    if dataset is not None:
        heads = ("column", "complete", "least", "greatest", "mean", "stddev", "lengths")
        print_grid(f"Columns of {dataset}", heads, _columns(newest[dataset]))
    if distributions:
        heads = ("column", "records", "different", "5 %", "median", "95 %", "most frequent")
        print_grid(
            f"Distributions of {dataset}, its published batches together", heads, _distribution_rows(distributions)
        )


@quality.command()
@click.argument("dataset")
@click.option("--check", "check_id", metavar="ID", help="The number of one check instead of the score.")
@click.option("--column", metavar="PATH", help="The numbers of one column instead of the score.")
@click.option("--last", type=click.IntRange(1), default=20, show_default=True, help="So many batches.")
@json_option
@with_settings
def history(
    settings: Settings, dataset: str, check_id: str | None, column: str | None, last: int, *, as_json: bool
) -> None:
    """Numbers of DATASET batch by batch, oldest first."""
    if check_id is not None and column is not None:
        raise UsageError(f"--column: got {column!r} beside --check, allowed one of the two. Ask twice.")
    found = [_point(one, check_id, column) for one in _measured(settings, dataset)]
    points = [point for point in found if point["numbers"]][-last:]
    if not points:
        _refuse(dataset, check_id, column)
    if as_json:
        echo_json(points)
        return
    names = list(dict.fromkeys(name for point in points for name in point["numbers"]))
    rows = ([point["at_utc"], point["scope"], *(_short(point["numbers"].get(n)) for n in names)] for point in points)
    print_grid(f"{dataset} {check_id or column or ''}".rstrip(), ("measured", "batch", *names), rows)


def _measured(settings: Settings, dataset: str | None) -> list[Measured]:
    """Of one dataset, which then has numbers, or of all.

    Raises:
        UsageError: nothing was measured of that dataset.
    """
    from gridata_contracts.problems import did_you_mean
    from gridata_control.quality import measured

    found = measured(settings, dataset)
    if dataset is not None and not found:
        known = sorted({one.dataset for one in measured(settings)})
        hint = did_you_mean(dataset, known)
        raise UsageError(f"dataset: got {dataset!r}, allowed {', '.join(known) or 'none yet'}. {hint}".rstrip())
    return found


def _refuse(dataset: str, check_id: str | None, column: str | None) -> None:
    option, got = ("--check", check_id) if check_id is not None else ("--column", column)
    raise UsageError(f"{option}: got {got!r}, of which nothing was measured. See `gridata quality show {dataset}`.")


def _point(one: Measured, check_id: str | None, column: str | None) -> dict[str, Any]:
    if check_id is not None:
        numbers = next((_numbers(check) for check in one.checks if check.check == check_id), {})
    elif column is not None:
        numbers = one.columns.get(column, {})
    else:
        numbers = dict(sorted(one.numbers.items()))
        numbers["broken_checks"] = len(one.broken)
    return {"at_utc": f"{one.at_utc:%Y-%m-%d %H:%M:%S}", "scope": one.scope_id, "numbers": numbers}


def _numbers(check: CheckResult) -> dict[str, float]:
    given = {"failed": check.failed, "checked": check.checked, "value": check.value}
    found: dict[str, float] = {name: number for name, number in given.items() if number is not None}
    if check.failed is not None and check.checked:
        found["pass_rate"] = 1 - check.failed / check.checked
    return found


def _summary(one: Measured) -> Sequence[object]:
    score, rows, rejected = (one.numbers.get(name) for name in ("quality_score", "rows_in", "rows_rejected"))
    counts = [_short(score), _short(rows), _short(rejected), len(one.checks), len(one.broken)]
    return [one.dataset, *counts, f"{one.at_utc:%Y-%m-%d %H:%M:%S}"]


def _found(check: CheckResult) -> Sequence[object]:
    if check.failed is None:
        return check.check, check.severity, _short(check.value)
    of = f" of {check.checked}" if check.checked is not None else ""
    return check.check, check.severity, f"{check.failed}{of} failed"


def _columns(one: Measured) -> Iterator[Sequence[object]]:
    for path, numbers in sorted(one.columns.items()):
        short, long = (_short(numbers.get(name)) for name in ("min_length", "max_length"))
        yield [
            path,
            f"{numbers.get('completeness', 0):.1%}",
            *(_bound(numbers, name) for name in ("min", "max")),
            *(_short(numbers.get(name)) for name in ("mean", "stddev")),
            f"{short} to {long}" if short else "",
        ]


def _distributions(settings: Settings, dataset: str) -> dict[str, dict[str, Any]]:
    """By column and kind, what the sketches of the published batches that left one say together."""
    from gridata_contracts.sketches import Bins, Categories
    from gridata_control.sketches import dataset_sketches

    found: dict[str, dict[str, Any]] = {}
    for (column, kind), sketch in dataset_sketches(settings, dataset).items():
        numbers: dict[str, Any] = {"records": sketch.records}
        if isinstance(sketch, Bins):
            numbers |= {f"p{percent:02}": sketch.quantile(percent / 100) for percent in (5, 50, 95)}
        elif isinstance(sketch, Categories):
            numbers["values"] = dict(sorted(sketch.counts.items(), key=lambda each: (-each[1], each[0]))[:_MOST_VALUES])
        else:
            numbers["different"] = round(sketch.estimate())
        found.setdefault(column, {})[kind] = numbers
    return found


def _distribution_rows(found: Mapping[str, Mapping[str, Any]]) -> Iterator[Sequence[object]]:
    for column, kinds in found.items():
        for numbers in kinds.values():
            quantiles = (_short(numbers.get(name)) for name in ("p05", "p50", "p95"))
            values = ", ".join(f"{value} ({count})" for value, count in list(numbers.get("values", {}).items())[:3])
            yield column, numbers["records"], numbers.get("different", ""), *quantiles, values


def _bound(numbers: Mapping[str, float], name: str) -> str:
    """A least or greatest number, day or instant."""
    from datetime import UTC, datetime, timedelta

    seconds = numbers.get(f"{name}_epoch_s")
    if seconds is None:
        return _short(numbers.get(name))
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds):%Y-%m-%d %H:%M}"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}" if value != int(value) else str(int(value))


def _plain(one: Measured) -> dict[str, Any]:
    plain = asdict(one)
    plain["at_utc"] = one.at_utc.isoformat()
    return plain
