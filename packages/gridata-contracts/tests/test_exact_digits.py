"""Rules whose arithmetic could outgrow the engines' 38 digits are refused when the contract is read."""

from __future__ import annotations

from typing import Protocol

import pytest

from gridata_contracts.errors import ContractError
from gridata_contracts.model import Contract


class Build(Protocol):
    def __call__(self, *changes: tuple[str, str]) -> Contract: ...


SIZE = "{name: size, logicalType: integer, physicalType: int}"
PRICE = "{name: price, logicalType: number, physicalType: 'decimal(12,2)'}"
COST = "{name: cost, logicalType: number, physicalType: 'decimal(12,2)'}"


def decimal(column: str, form: str, call: str = "") -> tuple[str, str]:
    quality = f", quality: [{{type: custom, engine: gridata, implementation: {{{call}}}}}]" if call else ""
    name = column[7 : column.index(",")]
    return column, f"{{name: {name}, logicalType: number, physicalType: '{form}'{quality}}}"


ITEMS = "rule: is_sum_of_items, array: parts, factors: [cost]"

REFUSED = [
    (decimal(SIZE, "decimal(38,4)"), decimal(PRICE, "decimal(38,20)", "rule: is_at_most_column, column: size"), 54),
    (decimal(SIZE, "decimal(38,4)"), decimal(PRICE, "decimal(38,4)", "rule: is_sum_of_columns, plus: [size]"), 40),
    (decimal(SIZE, "decimal(30,10)"), decimal(PRICE, "decimal(30,0)", "rule: is_equal_to_column, column: size"), 40),
    (decimal(COST, "decimal(38,2)"), decimal(PRICE, "decimal(12,2)", ITEMS), 46),
]


@pytest.mark.parametrize(("first", "second", "needed"), REFUSED)
def test_arithmetic_beyond_38_digits_is_refused(build: Build, first, second, needed) -> None:
    with pytest.raises(ContractError, match=f"at most 38 digits together, not {needed}"):
        build(first, second)


ACCEPTED = [
    (decimal(SIZE, "decimal(36,4)"), decimal(PRICE, "decimal(36,4)", "rule: is_sum_of_columns, plus: [size]")),
    (decimal(SIZE, "decimal(38,20)"), decimal(PRICE, "decimal(19,1)", "rule: is_at_most_column, column: size")),
    (decimal(COST, "decimal(30,2)"), decimal(PRICE, "decimal(12,2)", ITEMS)),
]


@pytest.mark.parametrize(("first", "second"), ACCEPTED)
def test_arithmetic_within_38_digits_is_accepted(build: Build, first, second) -> None:
    rules = {check.rule for check in build(first, second).checks}

    assert rules & {"is_sum_of_columns", "is_at_most_column", "is_sum_of_items"}
