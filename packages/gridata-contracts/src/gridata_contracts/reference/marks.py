"""Which rows of a batch break a rule over many rows."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from gridata_contracts.reference.batch import Batch, Key, Row
from gridata_contracts.reference.case import Record, rank

Marks = Callable[[Batch], set[int]]

FEW = 8
MAD_SCALE = 1.4826


def _neighbours(batch: Batch, order: Callable[[Record], Any] | None = None) -> list[tuple[Row, Row | None]]:
    """Each row with the one before it."""
    return [(row, before) for rows in batch.in_order(order) for before, row in zip([None, *rows], rows, strict=False)]


def _breaks_after(batch: Batch, good: Callable[[Any, Any], bool], *, by_value: bool = False) -> set[int]:
    order = (lambda record: rank(batch.value(record))) if by_value else None
    return {
        at
        for (at, record), before in _neighbours(batch, order)
        if before is not None and not good(batch.value(before[1]), batch.value(record))
    }


def _is_increasing(batch: Batch) -> set[int]:
    if batch.argument("strictly"):
        return _breaks_after(batch, lambda before, own: rank(own) > rank(before))
    return _breaks_after(batch, lambda before, own: rank(own) >= rank(before))


def _is_decreasing(batch: Batch) -> set[int]:
    if batch.argument("strictly"):
        return _breaks_after(batch, lambda before, own: rank(own) < rank(before))
    return _breaks_after(batch, lambda before, own: rank(own) <= rank(before))


def _is_sequential(batch: Batch) -> set[int]:
    step = batch.argument("step")
    wanted = Decimal(str(1 if step is None else step))
    return _breaks_after(batch, lambda before, own: bool(own - before == wanted), by_value=True)


def _has_gap_at_most(batch: Batch) -> set[int]:
    most = dt.timedelta(seconds=batch.argument("max"))
    return _breaks_after(batch, lambda before, own: bool(own - before <= most), by_value=True)


def _is_allowed_transition(batch: Batch) -> set[int]:
    graph, initial = batch.argument("transitions"), batch.argument("initial")
    found = set()
    for (at, record), before in _neighbours(batch):
        state = batch.value(record)
        if before is None:
            bad = initial is not None and state not in initial
        else:
            bad = state not in graph.get(batch.value(before[1]), ())
        if bad:
            found.add(at)
    return found


def _interval(batch: Batch, record: Record) -> Key:
    return tuple(record.get(batch.argument(name)) for name in ("start", "end"))


def _is_not_overlapping(batch: Batch) -> set[int]:
    found = set()
    for rows in batch.in_order(lambda record: _interval(batch, record)):
        for i, (at, record) in enumerate(rows):
            ends = [_interval(batch, before)[1] for _, before in rows[:i]]
            if ends and _interval(batch, record)[0] < max(ends):
                found.add(at)
    return found


def _is_contiguous(batch: Batch) -> set[int]:
    return {
        at
        for (at, record), before in _neighbours(batch, lambda record: _interval(batch, record))
        if before is not None and _interval(batch, record)[0] != _interval(batch, before[1])[1]
    }


def _is_balance_after(batch: Batch) -> set[int]:
    return {
        at
        for (at, record), before in _neighbours(batch)
        if before is not None and batch.value(record) != batch.value(before[1]) + record[batch.argument("column")]
    }


def _by_key(batch: Batch, bad: Callable[[Sequence[Row]], bool]) -> set[int]:
    return {at for rows in batch.groups(batch.key).values() if bad(rows) for at, _ in rows}


def _is_primary_key(batch: Batch) -> set[int]:
    seen: Counter[Key] = Counter()
    found = set()
    for at, record in batch.rows:
        key = batch.key(record)
        seen[key] += 1
        if None in key or seen[key] > 1:
            found.add(at)
    return found


def _is_same_for_key(batch: Batch) -> set[int]:
    return _by_key(batch, lambda rows: len({batch.value(record) for _, record in rows}) > 1)


def _finite(batch: Batch) -> list[tuple[int, float]]:
    values = [(at, float(batch.value(record))) for at, record in batch.rows]
    return [(at, value) for at, value in values if math.isfinite(value)]


def _beyond(batch: Batch, low: float, high: float) -> set[int]:
    return {at for at, value in _finite(batch) if not low <= value <= high}


def digits(value: float) -> float:
    """Rounded to twelve digits, as numbers of a whole batch are."""
    return float(f"{value:.11e}")


def quantile(values: Sequence[float], share: float) -> float:
    """The least value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(Decimal(str(share)) * len(ordered)) - 1)]


def mean_and_variance(values: Sequence[float]) -> tuple[float, float]:
    """Of the population; infinite where a binary number cannot hold them."""
    try:
        mean = math.fsum(values) / len(values)
        return mean, math.fsum((value - mean) * (value - mean) for value in values) / len(values)
    except OverflowError:
        return math.inf, math.inf


def _is_within_sigmas(batch: Batch) -> set[int]:
    values = [value for _, value in _finite(batch)]
    if len(values) < FEW:
        return set()
    mean, variance = map(digits, mean_and_variance(values))
    if not math.isfinite(variance):
        return set()
    reach = batch.argument("max") * math.sqrt(variance)
    return _beyond(batch, mean - reach, mean + reach)


def _is_within_mad(batch: Batch) -> set[int]:
    values = [value for _, value in _finite(batch)]
    if len(values) < FEW:
        return set()
    median = digits(quantile(values, 0.5))
    deviation = digits(quantile([abs(value - median) for value in values], 0.5))
    if deviation == 0:
        return set()
    reach = batch.argument("max") * MAD_SCALE * deviation
    return _beyond(batch, median - reach, median + reach)


def _is_within_iqr(batch: Batch) -> set[int]:
    values = [value for _, value in _finite(batch)]
    if len(values) < FEW:
        return set()
    low, high = (digits(quantile(values, share)) for share in (0.25, 0.75))
    factor = batch.argument("factor")
    reach = (1.5 if factor is None else factor) * (high - low)
    return _beyond(batch, low - reach, high + reach)


def parent_keys(batch: Batch) -> set[Key]:
    """Keys of the table that is looked up in, without those that have a null."""
    names = batch.argument("key") or batch.argument("columns") or batch.check.column
    columns = list(map(str, names)) if isinstance(names, list) else [str(names)]
    keys = {tuple(parent.get(name) for name in columns) for parent in batch.parents}
    return {key for key in keys if None not in key}


def _own_key(batch: Batch, record: Record) -> Key:
    return batch.key(record) if batch.argument("columns") else (batch.value(record),)


def _is_found_in(batch: Batch) -> set[int]:
    keys = parent_keys(batch)
    return {at for at, record in batch.rows if _own_key(batch, record) not in keys}


def _is_not_found_in(batch: Batch) -> set[int]:
    keys = parent_keys(batch)
    return {at for at, record in batch.rows if _own_key(batch, record) in keys}


def _children(batch: Batch, record: Record) -> list[Record]:
    """Rows of the table that is looked up in, with the record's key."""
    names = batch.argument("key") or batch.argument("columns")
    own = batch.key(record)
    return [each for each in batch.parents if tuple(each.get(str(name)) for name in names) == own]


def of_children(batch: Batch, rows: Sequence[Record]) -> list[Any]:
    """What those rows have in the column `of`, without nulls."""
    name = batch.argument("of") or str(batch.check.column).rpartition(".")[2]
    return [each.get(name) for each in rows if each.get(name) is not None]


def _is_same_in(batch: Batch) -> set[int]:
    theirs = {at: of_children(batch, _children(batch, record)) for at, record in batch.rows}
    return {at for at, record in batch.rows if any(each != batch.value(record) for each in theirs[at])}


def _is_total_in(batch: Batch) -> set[int]:
    broken, tolerance = set(), Decimal(str(batch.argument("tolerance") or 0))
    for at, record in batch.rows:
        theirs = of_children(batch, _children(batch, record))
        if theirs and abs(Decimal(batch.value(record)) - sum(theirs)) > tolerance:
            broken.add(at)
    return broken


def _has_row_count_in(batch: Batch) -> set[int]:
    return {at for at, record in batch.rows if not batch.bounds(len(_children(batch, record)))}


MARKS: Mapping[str, Marks] = {
    "is_increasing": _is_increasing,
    "is_decreasing": _is_decreasing,
    "is_sequential": _is_sequential,
    "has_gap_at_most": _has_gap_at_most,
    "is_allowed_transition": _is_allowed_transition,
    "is_not_overlapping": _is_not_overlapping,
    "is_contiguous": _is_contiguous,
    "is_balance_after": _is_balance_after,
    "is_primary_key": _is_primary_key,
    "is_not_repeated": lambda batch: _by_key(batch, lambda rows: len(rows) > 1),
    "has_rows_per_key": lambda batch: _by_key(batch, lambda rows: not batch.bounds(len(rows))),
    "is_same_for_key": _is_same_for_key,
    "is_within_sigmas": _is_within_sigmas,
    "is_within_mad": _is_within_mad,
    "is_within_iqr": _is_within_iqr,
    "is_found_in": _is_found_in,
    "is_key_found_in": _is_found_in,
    "is_not_found_in": _is_not_found_in,
    "is_same_in": _is_same_in,
    "is_total_in": _is_total_in,
    "has_row_count_in": _has_row_count_in,
}
