"""The checks every engine is asked for: defined once, in no engine's words, for TPC-H's lineitem table.

Standard library only: the peers read this file in environments of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

Scalar = int | float | str | date
RowKind = Literal[
    "not_null", "between", "at_least", "in_set", "not_in_set", "pattern", "length_between", "at_most_column"
]
MetricKind = Literal["row_count", "min", "max", "mean", "stddev", "sum", "approx_distinct", "min_length", "max_length"]
Kind = RowKind | MetricKind | Literal["unique"]

ROW_KINDS: frozenset[str] = frozenset(RowKind.__args__)  # type: ignore[attr-defined]  # Literal has no public way
LADDER = (16, 46, 106, 226)
ROWS = 50
COPY = "copy"
SPLIT = f"rows-{ROWS}-split"
PARTS = ("valid", "rejected")  # what the split writes
CASES = (COPY, *(f"ladder-{size}" for size in LADDER), f"rows-{ROWS}", SPLIT)

_NUMBERS = {  # column: (low, high) of the clean data at scale 1, roughly
    "l_orderkey": (1, 6_000_000),
    "l_partkey": (1, 200_000),
    "l_suppkey": (1, 10_000),
    "l_linenumber": (1, 7),
    "l_quantity": (1, 50),
    "l_extendedprice": (900, 105_000),
    "l_discount": (0.0, 0.1),
    "l_tax": (0.0, 0.08),
}
_SETS = {
    "l_returnflag": ("R", "A", "N"),
    "l_linestatus": ("O", "F"),
    "l_shipinstruct": ("DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"),
    "l_shipmode": ("REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"),
}
_PATTERNS = {  # anchored, so that searching and matching whole values are the same
    "l_returnflag": ("^[RAN]$", "^[A-Z]$", "^[^X]$"),
    "l_linestatus": ("^[OF]$", "^[A-Z]$", "^[^O]$"),
    "l_shipinstruct": ("^[A-Z ]+$", "^(DELIVER|COLLECT|NONE|TAKE)( [A-Z]+)*$", "^[A-Z]+( [A-Z]+){0,2}$"),
    "l_shipmode": ("^(REG )?AIR$|^(RAIL|SHIP|TRUCK|MAIL|FOB)$", "^[A-Z]{3,5}( [A-Z]{3})?$", "^[^B][A-Z ]*$"),
    "l_comment": ("^[a-z ,.;:?!-]*$", "^.{10,43}$", "^[^0-9]*[a-z]{3}[^0-9]*$"),
}
_LENGTHS = {"l_returnflag": 1, "l_linestatus": 1, "l_shipinstruct": 17, "l_shipmode": 7, "l_comment": 43}
_DATES = ("l_shipdate", "l_commitdate", "l_receiptdate")
_ORDERED = (  # the first at most the second
    ("l_shipdate", "l_receiptdate"),
    ("l_commitdate", "l_receiptdate"),
    ("l_shipdate", "l_commitdate"),
    ("l_linestatus", "l_returnflag"),
    ("l_linenumber", "l_quantity"),
    ("l_quantity", "l_extendedprice"),
    ("l_discount", "l_quantity"),
    ("l_tax", "l_extendedprice"),
    ("l_suppkey", "l_partkey"),
    ("l_linenumber", "l_orderkey"),
)
_KEYS = (("l_orderkey", "l_linenumber"), ("l_orderkey", "l_partkey", "l_suppkey"))


@dataclass(frozen=True)
class Check:
    """One check in no engine's words.

    Nulls pass every row kind but `not_null`: completeness is a check of its own (ODCS and SQL read it so).

    Attributes:
        id: stable, the same check in every case that has it; also a valid SQL name.
        kind: a row kind answers with a count of failing rows, `unique` with the rows whose key is there more than
            once, a metric kind with its value. `stddev` is over the sample, `approx_distinct` may be 5 % off.
        columns: one, two for `at_most_column`, the key for `unique`, none for `row_count`.
        arguments: bounds, members or the pattern; for metrics the one value that the check expects, since equality
            is the only question every engine can be asked.
    """

    id: str
    kind: Kind
    columns: tuple[str, ...]
    arguments: tuple[Scalar, ...] = ()


def suite(case: str) -> list[Check]:
    """The checks of a case; none for the plain copy.

    Raises:
        SystemExit: there is no such case.
    """
    if case not in CASES:
        raise SystemExit(f"case: got {case!r}, allowed {', '.join(CASES)}.")
    if case == COPY:
        return []
    size = int(case.split("-")[1])
    return ladder(size) if case.startswith("ladder") else _row_rules()


def ladder(size: int) -> list[Check]:
    """The first checks of one long list, every prefix of which is the same mix; the key's uniqueness comes first."""
    key, *others = _of("unique", *((columns, ()) for columns in _KEYS))
    lists = [*_row_checks(), others, *_metric_checks()]
    return [key, *_spread(lists)][:size]


def _spread(lists: Sequence[Sequence[Check]]) -> list[Check]:
    """All checks in one list, each kind evenly spread over it."""
    placed = [((at + 0.5) / len(checks), check) for checks in lists for at, check in enumerate(checks)]
    return [check for _, check in sorted(placed, key=lambda place: place[0])]


def _of(kind: Kind, *places: tuple[tuple[str, ...], tuple[Scalar, ...]]) -> list[Check]:
    return [Check(f"{kind}_{at:02}", kind, columns, arguments) for at, (columns, arguments) in enumerate(places)]


def _row_rules() -> list[Check]:
    """What one would ask of this table: clean rows break none of them, so about 2 % are left to part."""
    wanted = {"not_null": 16, "between": 11, "at_least": 5, "in_set": 4, "not_in_set": 2, "pattern": 5}
    lists = [checks[: wanted.get(checks[0].kind, 0)] for checks in _row_checks()]
    pairs = (_ORDERED[0], *_ORDERED[5:8])
    lengths = [((column,), (1, length)) for column, length in _LENGTHS.items()][2:]
    lists += [_of("length_between", *lengths), _of("at_most_column", *((pair, ()) for pair in pairs))]
    return [replace(check, id=f"rule_{check.id}") for check in _spread(lists)]


def _row_checks() -> list[list[Check]]:
    everything = (*_NUMBERS, *_SETS, "l_comment", *_DATES)
    sets = [((column,), members[:end]) for end in (None, -1) for column, members in _SETS.items()]
    unwanted = [((column,), members) for members in (("BOAT", "X"), ("", "?")) for column in _SETS]
    patterns = [((column,), (_PATTERNS[column][at],)) for at in range(3) for column in _PATTERNS]
    lengths = [
        ((c,), (low, high - cut)) for low, cut in ((0, 0), (1, 0), (2, 1), (1, 2)) for c, high in _LENGTHS.items()
    ]
    return [
        _of("not_null", *(((column,), ()) for column in everything)),
        _of("between", *_ranges()),
        _of("at_least", *(((c,), (low + step,)) for step in (0, 1) for c, (low, _) in _NUMBERS.items())),
        _of("in_set", *sets),
        _of("not_in_set", *unwanted),
        _of("pattern", *patterns),
        _of("length_between", *lengths),
        _of("at_most_column", *((pair, ()) for pair in _ORDERED)),
    ]


def _ranges() -> Iterator[tuple[tuple[str, ...], tuple[Scalar, ...]]]:
    """Ever narrower ranges of every number and date."""
    for step in range(9):
        for column, (low, high) in _NUMBERS.items():
            yield (column,), (float(low), round(high * (1 - step / 20), 4))
        if step < 3:
            for column in _DATES:
                yield (column,), (date(1992 + step, 1, 1), date(1998, 12, 31))


def _metric_checks() -> list[list[Check]]:
    money = ("l_quantity", "l_extendedprice", "l_discount", "l_tax")
    distinct = ("l_orderkey", "l_partkey", "l_suppkey", "l_quantity", "l_extendedprice", "l_comment", *_DATES)
    return [
        _of("row_count", ((), (6_001_215,))),
        _of("min", *(((column,), (low,)) for column, (low, _) in _NUMBERS.items())),
        _of("max", *(((column,), (high,)) for column, (_, high) in _NUMBERS.items())),
        _of("mean", *(((column,), (high / 2,)) for column, (_, high) in _NUMBERS.items())),
        _of("stddev", *(((column,), (1.0,)) for column in money)),
        _of("sum", *(((column,), (1.0,)) for column in money)),
        _of("approx_distinct", *(((column,), (7,)) for column in distinct)),
        _of("min_length", *(((column,), (1,)) for column in _LENGTHS)),
        _of("max_length", *(((column,), (length,)) for column, length in _LENGTHS.items())),
    ]
