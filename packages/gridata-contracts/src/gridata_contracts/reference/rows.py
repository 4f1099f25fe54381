"""Which row checks a record breaks."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Mapping

from gridata_contracts.columns import walk
from gridata_contracts.model import Check, Contract, Nulls
from gridata_contracts.reference import (
    column_arithmetic,
    completeness,
    cross_column,
    custom,
    formats_codes,
    formats_finance,
    formats_internet,
    formats_people,
    formats_technical,
    formats_trade,
    numbers,
    parsing,
    ranges,
    sets,
    temporal,
    text,
    uniqueness,
)
from gridata_contracts.reference.case import Case, Holds, Record, cases
from gridata_contracts.rules import RULES, Level
from gridata_contracts.types import List, LogicalType

_EXACT = decimal.Context(prec=200)
"""More digits than the product or sum of any decimals of 38 digits in a record has."""

HOLDS: Mapping[str, Holds] = {
    **completeness.HOLDS,
    **uniqueness.HOLDS,
    **ranges.HOLDS,
    **numbers.HOLDS,
    **text.HOLDS,
    **sets.HOLDS,
    **parsing.HOLDS,
    **formats_internet.HOLDS,
    **formats_technical.HOLDS,
    **formats_codes.HOLDS,
    **formats_finance.HOLDS,
    **formats_trade.HOLDS,
    **formats_people.HOLDS,
    **temporal.HOLDS,
    **cross_column.HOLDS,
    **column_arithmetic.HOLDS,
    **custom.HOLDS,
}
"""Every row rule by name. Unless the rule is about nulls, it is only asked about values that are there."""


def broken_checks(contract: Contract, record: Record, as_of: dt.datetime) -> list[Check]:
    """The row checks that a record breaks, whatever their severity, in bit order.

    Args:
        contract: gives the checks and the types of their literals.
        record: value by top-level column; objects as mappings, arrays as sequences, absent or None is null.
        as_of: aware instant that stands for now.
    """
    kinds = _kinds(contract)
    row_checks = (check for check in contract.checks if RULES[check.rule].level is Level.ROW)
    with decimal.localcontext(_EXACT):
        return [
            check
            for check in row_checks
            if _is_asked(check, record) and any(_fails(case) for case in cases(check, kinds, record, as_of))
        ]


def _kinds(contract: Contract) -> dict[str, LogicalType]:
    kinds: dict[str, LogicalType] = {}
    for column in walk(contract.columns):
        path, kind = column.path, column.type
        kinds[path] = kind
        while isinstance(kind, List):
            path, kind = path + "[*]", kind.item
            kinds[path] = kind
    return kinds


def _is_asked(check: Check, record: Record) -> bool:
    if check.where is None:
        return True
    from gridata_contracts.expressions import evaluate

    return evaluate(check.where, record) is True


def _fails(case: Case) -> bool:
    rule = RULES[case.check.rule]
    if case.value is None and case.check.column is not None and not rule.about_null:
        return case.check.nulls is Nulls.FAIL
    return HOLDS[rule.name](case) is False
