"""Every rule about an aggregate on every column that it may stand on, and random batches of such columns."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from rule_rows import AS_OF, Row

from gridata_contracts import types as t
from gridata_contracts.arguments import APPLIES
from gridata_contracts.measures import Measure
from gridata_contracts.model import Check
from gridata_contracts.reference import MEASURES
from gridata_contracts.reference.batch import Batch
from gridata_contracts.rules import RULES, Applies, Rule
from gridata_contracts.suite import Ask

COLUMNS: dict[str, t.LogicalType] = {
    "long": t.Integer(64),
    "money": t.Decimal(12, 2),
    "wide": t.Decimal(38, 4),
    "double": t.Floating(64, allow_nan=True),
    "text": t.String(),
    "flag": t.Boolean(),
    "day": t.Date(),
    "at": t.Timestamp("UTC"),
}
OTHER = "long"
WHERE = f"{OTHER} > 0"
_VALUES: dict[str, list[Any]] = {
    "long": [-3, 0, 1, 2, 2**40],
    "money": [Decimal("-1.50"), Decimal("0.00"), Decimal("2.25"), Decimal("9999999.99")],
    "wide": [Decimal("-12345678901234567890.1234"), Decimal("0.0000"), Decimal("1.0001"), Decimal("7.0000")],
    "double": [-1.5, 0.0, -0.0, 0.1, 3e5, math.nan, math.inf, -math.inf],
    "text": ["", "a", "N/A", "EUR", "eur", "é😀", "ab\n"],
    "flag": [True, False],
    "day": [dt.date(2024, 2, 29), dt.date(2025, 6, 1), dt.date(1999, 12, 31)],
    "at": [AS_OF, AS_OF - dt.timedelta(microseconds=1), AS_OF + dt.timedelta(days=2), AS_OF - dt.timedelta(days=900)],
}
_LISTED: dict[str, list[Any]] = {
    "long": [0, 2], "money": ["2.25"], "wide": ["7.0000"], "double": [0.1], "text": ["", "N/A", "EUR"], "flag": [True],
    "day": ["2025-06-01"], "at": [AS_OF.isoformat()],
}  # fmt: skip


def asked() -> list[Ask]:
    """Each rule on each column, of all rows and of those of a condition; nothing rejects or closes a gate."""
    return [each for rule in RULES.values() if isinstance(rule.evaluation, Measure) for each in _of(rule)]


def _of(rule: Rule) -> Iterator[Ask]:
    columns = [None] if rule.applies is Applies.TABLE else _fitting(rule)
    for column in columns:
        for at, arguments in enumerate(_arguments(rule, column)):
            for where in (None, WHERE):
                terms = {"action": "flag", **({} if where is None else {"where": where})}
                yield Ask(rule.name, column, arguments, f"{rule.name}-{column}-{at}-{where is not None}", terms)


def _fitting(rule: Rule) -> list[str | None]:
    return [name for name, kind in COLUMNS.items() if isinstance(kind, APPLIES[rule.applies])]


def _arguments(rule: Rule, column: str | None) -> Iterator[dict[str, Any]]:
    bounds: dict[str, Any] = {"min": 0, "max": 1}
    if column is not None and rule.name in ("has_min", "has_max"):
        bounds = {"min": _LISTED[column][0]}
    if "column" in rule.required:
        bounds["column"] = OTHER
    if "values" in rule.arguments:
        bounds["values"] = _LISTED[column or ""]
    yield bounds
    if "or_null" in rule.arguments:
        yield {**bounds, "or_null": True}
    if "pattern" in rule.arguments and column == "text":
        yield {"min": 0, "max": 1, "pattern": "[A-Z]{3}"}


def batches(seed: int, count: int) -> Iterator[list[Row]]:
    """Empty, all null, one row, then random ones with few different values."""
    dice = random.Random(seed)
    yield []
    yield [dict.fromkeys(COLUMNS)] * 3
    yield [{name: values[-1] for name, values in _VALUES.items()}]
    for _ in range(count):
        few = {name: dice.sample([*values, None], k=dice.randint(1, len(values))) for name, values in _VALUES.items()}
        rows = dice.choice([1, 2, 7, 30])
        yield [{name: dice.choice(some) for name, some in few.items()} for _ in range(rows)]


def measured(check: Check, rows: Sequence[Row]) -> Any:
    """What the plain-Python reading measures."""
    seen = [(at, row) for at, row in enumerate(rows) if check.where is None or _is_positive(row[OTHER])]
    return MEASURES[check.rule](Batch(check, COLUMNS, seen, AS_OF))


def _is_positive(value: object) -> bool:
    return isinstance(value, int) and value > 0


def is_same(found: Any, wanted: Any) -> bool:
    """Equal; binary numbers up to the rounding of sums in another order."""
    if found is None or wanted is None or not isinstance(found, int | float | Decimal):
        return bool(found == wanted)
    if isinstance(found, float) or isinstance(wanted, float):
        return math.isclose(float(found), float(wanted), rel_tol=1e-9, abs_tol=1e-9)
    return bool(found == wanted)
