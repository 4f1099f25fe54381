"""`contract diff` tells every change of the standard's quality, and which of them only loosen it."""

from __future__ import annotations

from typing import Protocol

import pytest

from gridata_contracts.diff import compare, is_breaking
from gridata_contracts.model import Contract

SIZE = "{name: size, logicalType: integer, physicalType: int}"
NEW = ("version: 1.0.0", "version: 1.1.0")
COUNT = "type: sql, id: few, query: 'SELECT COUNT(*) FROM {object} WHERE size < 0'"


class Build(Protocol):
    def __call__(self, *changes: tuple[str, str]) -> Contract: ...


def on(entry: str) -> tuple[tuple[str, str], ...]:
    return ((SIZE, f"{SIZE[:-1]}, quality: [{{{entry}}}]}}"),) if entry else ()


NULLS = "metric: nullValues, "
CASES: dict[str, tuple[str, str, str, bool]] = {
    # Of each case: before, after, what is told, and whether it breaks something.
    "a threshold": (
        NULLS + "mustBe: 0", NULLS + "mustBeLessThan: 5", "size.is_not_null: tolerates none → 4 rows", False
    ),
    "no threshold": (
        NULLS + "mustBeLessThan: 5", NULLS + "mustBe: 0", "size.is_not_null: tolerates 4 rows → none", True
    ),
    "at most instead of below": (
        NULLS + "mustBeLessThan: 5, unit: percent",
        NULLS + "mustBeLessOrEqualTo: 5, unit: percent",
        "tolerates less than 5 % → 5 %", False,
    ),
    "below instead of at most": (
        NULLS + "mustBeLessOrEqualTo: 5, unit: percent",
        NULLS + "mustBeLessThan: 5, unit: percent",
        "tolerates 5 % → less than 5 %", True,
    ),
    "percent instead of rows": (
        NULLS + "mustBeLessThan: 5", NULLS + "mustBeLessThan: 5, unit: percent", "4 rows → less than 5 %", True
    ),
    "a number instead of rows": (
        NULLS + "mustBe: 0", NULLS + "mustBeGreaterThan: 5", "size.has_null_count: added: at least 6 nulls", True
    ),
    "wider bounds": (
        NULLS + "mustBeBetween: [5, 9]", NULLS + "mustBeBetween: [4, 10]",
        "size.has_null_count: between 6 and 8 nulls → between 5 and 9 nulls", False,
    ),
    "wider bounds of what must not be": (
        NULLS + "mustNotBeBetween: [5, 9]", NULLS + "mustNotBeBetween: [4, 10]", "size.has_null_count", True
    ),
    "a query": (
        f"{COUNT}, mustBe: 0", f"{COUNT.replace('< 0', '< 1')}, mustBe: 0", "few: NOT (size < 0) → NOT (size < 1)", True
    ),
    "a query counts": (f"{COUNT}, mustBe: 0", f"{COUNT}, mustBeLessThan: 5", "few: dropped", True),
    "words": (
        NULLS + "mustBe: 0, businessImpact: operational", NULLS + "mustBe: 0, businessImpact: regulatory",
        "size.quality[0].businessImpact: operational → regulatory", False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_change_of_quality_is_told_and_judged(build: Build, name: str) -> None:
    old, new, told, breaking = CASES[name]

    changes = compare(build(*on(old)), build(*on(new), NEW))

    assert any(told in str(change) for change in changes), list(map(str, changes))
    assert is_breaking(changes) is breaking
