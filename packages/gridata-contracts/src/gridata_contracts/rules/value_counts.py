"""Rules about how many values of a batch are null, stand for nothing, or are not valid."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gridata_contracts import types as t
from gridata_contracts.argument_bounds import number_bounds, validity_bounds
from gridata_contracts.measures.measure import Measure, of_column
from gridata_contracts.measures.states import StateKey, Values
from gridata_contracts.model import Check
from gridata_contracts.rules.aggregates import aggregate, example
from gridata_contracts.rules.bounds import COUNTS, SHARES
from gridata_contracts.rules.rule import Applies, Argument, Group

_BOUNDS = "[, at least {min}][, at most {max}]"
_NO_ROWS = "without rows there is no share and the check passes"

Count = Callable[[Sequence[Values], Check], int]


def _nulls(states: Sequence[Values], _check: Check) -> int:
    (filled,), (rows,) = states[:2]
    return int(rows - filled)


def _missing(states: Sequence[Values], check: Check) -> int:
    (listed,) = states[2]
    return int(listed) + (_nulls(states, check) if check.arguments.get("or_null") else 0)


def _invalid(states: Sequence[Values], _check: Check) -> int:
    (filled,), _, (valid,) = states
    return int(filled - valid)


def _count(of: Count) -> Callable[..., int]:
    return lambda states, check, _as_of: of(states, check)


def _share(of: Count) -> Callable[..., float | None]:
    """Of all rows, null or not."""

    def share(states: Sequence[Values], check: Check, _as_of: object) -> float | None:
        (rows,) = states[1]
        return of(states, check) / rows if rows else None

    return share


_FILLED_AND_ROWS = of_column("filled", "rows")


def _compared(check: Check) -> Sequence[StateKey]:
    """Values, rows, and the values that are in a list or match a pattern."""
    condition = None if check.where is None else check.where.text
    pattern = check.arguments.get("pattern")
    state, given = ("listed", check.arguments["values"]) if pattern is None else ("matching", pattern)
    return [*_FILLED_AND_ROWS(check), StateKey(state, check.column, None, condition, json.dumps(given))]


def _listed(bounds: Mapping[str, Argument]) -> dict[str, Any]:
    return {
        "applies": Applies.SCALAR, "bounds": {"or_null": Argument.BOOLEAN, **bounds}, "group": Group.COMPLETENESS,
        "required": {"values": Argument.VALUES}, "relation": number_bounds,
    }  # fmt: skip


def _valid(bounds: Mapping[str, Argument]) -> dict[str, Any]:
    return {
        "applies": Applies.SCALAR, "group": Group.SETS, "relation": validity_bounds,
        "bounds": {"values": Argument.VALUES, "pattern": Argument.PATTERN, **bounds},
    }  # fmt: skip


_TEXT = t.String()

aggregate("has_null_share", "The share of nulls among the rows is within bounds.",
          "a share of nulls between {min} and {max}",
          example(t.Integer(), {"max": 0.5}, [1, None], [None, None, 1]),
          Measure(_FILLED_AND_ROWS, _share(_nulls)), applies=Applies.ANY, bounds=SHARES,
          group=Group.COMPLETENESS, nulls=f"nulls are what is counted; {_NO_ROWS}")  # fmt: skip
aggregate("has_missing_count", "The number of values that stand for nothing, which are those of `values` (and null, "
          "if `or_null`), is within bounds.", f"a number of missing values{_BOUNDS}",
          example(_TEXT, {"values": ["", "N/A"], "or_null": True, "max": 1}, ["a", None], ["", None]),
          Measure(_compared, _count(_missing)), **_listed(COUNTS),
          nulls="null is counted if `or_null`")  # fmt: skip
aggregate("has_missing_share", "The share of values that stand for nothing, which are those of `values` (and null, "
          "if `or_null`), among the rows is within bounds.", f"a share of missing values{_BOUNDS}",
          example(_TEXT, {"values": ["N/A"], "max": 0.5, "exclusive_max": True}, ["a", "b", "N/A"], ["a", "N/A"]),
          Measure(_compared, _share(_missing)), **_listed(SHARES),
          nulls=f"null is counted if `or_null`; {_NO_ROWS}")  # fmt: skip
aggregate("has_invalid_count", "The number of values that are none of `values`, or do not match `pattern` as a whole, "
          "is within bounds.", f"a number of invalid values{_BOUNDS}",
          example(_TEXT, {"values": ["EUR", "USD"], "min": 1}, ["EUR", "eur"], ["EUR", None]),
          Measure(_compared, _count(_invalid)), **_valid(COUNTS),
          nulls="null is valid")  # fmt: skip
aggregate("has_invalid_share", "The share of values that are none of `values`, or do not match `pattern` as a whole, "
          "among the rows is within bounds.", f"a share of invalid values{_BOUNDS}",
          example(_TEXT, {"pattern": "[A-Z]{3}", "min": 0.1, "max": 0.5, "outside": True}, ["EUR"], ["EUR", "eur"]),
          Measure(_compared, _share(_invalid)), **_valid(SHARES),
          nulls=f"null is valid; {_NO_ROWS}")  # fmt: skip
