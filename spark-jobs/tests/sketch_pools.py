"""Columns whose sketches both engines take, and the same sketches counted in plain Python."""

from __future__ import annotations

import hashlib
import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from gridata_contracts import types as t
from gridata_contracts.model import Contract
from gridata_contracts.sketches import Bins, Categories, Registers, Sketch, bin_of
from gridata_contracts.suite import Ask, suite

_EDGES = [0.0, -0.0, 0.5, 1.0, -1.0, 2.0, 3.0, 4.0, 1e-13, 5e-13, 1e-300, 1e300, -1e300, 2.0**87, 2.0**88, 1e26]
_EDGES += [math.nextafter(2.0**k, side) for k in (-40, -3, 0, 1, 10, 52, 87) for side in (0.0, math.inf)]
_EDGES += [2.0**k for k in (*range(-41, 89), -1022, -1001, -1000, -999, 1021, 1022, 1023)] + [
    1 + i / 32 for i in range(32)
]
_TEXTS = ["a", "b", "", " ", "A", "ä", "ä", "🙂", "\u0000", "x" * 250, "x" * 200, "true", "1", "line\nbreak", "'"]
_START = datetime(2025, 1, 1, tzinfo=UTC)
MOST_NAMES = 1000


def _numbers(dice: random.Random) -> list[Any]:
    return [
        *_EDGES,
        *(dice.lognormvariate(3, 4) * dice.choice([1, -1]) for _ in range(500)),
        math.nan,
        math.inf,
        -math.inf,
    ]


POOLS: dict[str, tuple[t.LogicalType, Callable[[random.Random], list[Any]]]] = {
    "binary numbers": (t.Floating(), _numbers),
    "whole numbers": (t.Integer(), lambda d: [d.randrange(-70, 70) * d.choice([1, 10**13 + 7]) for _ in range(400)]),
    "decimals": (t.Decimal(12, 2), lambda d: [Decimal(d.randrange(-(10**6), 10**6)) / 100 for _ in range(400)]),
    "shares": (t.Decimal(2, 2), lambda d: [Decimal(d.randrange(-99, 100)) / 100 for _ in range(200)]),
    "texts": (t.String(), lambda d: [d.choice(_TEXTS) for _ in range(300)]),
    "many texts": (t.String(), lambda d: [f"v{d.randrange(1500)}" for _ in range(4000)]),
    "booleans": (t.Boolean(), lambda d: [d.random() < 0.3 for _ in range(50)]),
    "dates": (t.Date(), lambda d: [date(1969, 12, 1) + timedelta(days=d.randrange(900)) for _ in range(300)]),
    "instants": (t.Timestamp(), lambda d: [_START + timedelta(microseconds=d.randrange(10**7)) for _ in range(300)]),
}  # fmt: skip
"""By name, the type of a column and what makes its values; nulls are added."""


def values_of(name: str) -> list[Any]:
    """The values of a pool, some of them null, in a random order that stays the same."""
    dice = random.Random(name)
    values = [*POOLS[name][1](dice), *[None] * 7]
    dice.shuffle(values)
    return values


def contract_of_pool(name: str) -> Contract:
    """Checks on the column for every sketch that its type has; they let everything pass."""
    kind = POOLS[name][0]
    asked: list[tuple[str, dict[str, float]]] = (
        [] if isinstance(kind, t.Floating) else [("has_approx_distinct_count", {"min": 0})]
    )
    if isinstance(kind, t.Integer | t.Decimal | t.Floating):
        asked.append(("has_approx_quantile", {"quantile": 0.5, "max": 1e308}))
    if isinstance(kind, t.String | t.Boolean):
        asked.append(("has_psi", {"max": 1}))
    if not isinstance(kind, t.Floating | t.Date | t.Timestamp):
        asked.append(("has_no_new_values", {}))  # shares its sketch with the one before
    return suite({"value": kind}, [Ask(rule, "value", arguments) for rule, arguments in asked])


def expected_sketch(rule: str, kind: t.LogicalType, values: Sequence[Any]) -> Sketch:
    """What the rule's sketch of these values is."""
    filled = [value for value in values if value is not None]
    if rule == "has_approx_quantile":
        finite = [float(value) for value in filled if math.isfinite(value)]
        return Bins(Counter(map(bin_of, finite)), isinstance(kind, t.Integer))
    texts = [_text(value) for value in filled]
    if rule == "has_approx_distinct_count":
        return _registers(texts)
    counts = Counter(text[:200] for text in texts)
    named = dict(sorted(counts.items(), key=lambda each: (-each[1], each[0].encode()))[:MOST_NAMES])
    return Categories(named, len(texts) - sum(named.values()))


def _registers(texts: Sequence[str]) -> Registers:
    ranks = [0] * 4096
    for text in texts:
        bits = f"{int(hashlib.md5(text.encode()).hexdigest()[:16], 16):064b}"
        rest = bits[12:]
        ranks[int(bits[:12], 2)] = max(ranks[int(bits[:12], 2)], len(rest) - len(rest.lstrip("0")) + 1)
    return Registers(bytes(ranks), len(texts))


def _text(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return str((value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))
        case date():
            return str((value - date(1970, 1, 1)) // timedelta(microseconds=1))
        case Decimal():
            return f"{value:.2f}"
        case _:
            return str(value)
