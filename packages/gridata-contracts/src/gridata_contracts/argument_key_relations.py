"""What rules over many rows ask of their arguments: exact keys, bounds, states that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gridata_contracts.argument_bounds import number_bounds
from gridata_contracts.exact_digits import MOST, digits, together
from gridata_contracts.literals import type_word
from gridata_contracts.types import Floating, List, Struct

if TYPE_CHECKING:
    from gridata_contracts.rule_call import Call

_EXACT = "columns with an exact scalar type"
WHOLE, PLACES = 20, 6
"""Digits of a value that is compared with a total: so that ten billion of them still fit."""


def key_columns(call: Call) -> None:
    """Key columns and those of a `group` have exact scalar types."""
    for name in ("columns", "group"):
        for i, path in enumerate(call.given.get(name) or []):
            if isinstance(call.schema.places[path].type, Struct | List | Floating):
                call.refuse(f"{name}[{i}]", _EXACT, got=path)


def along(call: Call) -> None:
    """`group` is a key, and `order_by` has an order."""
    key_columns(call)
    for name in ("order_by", "start", "end"):
        path = call.given.get(name)
        if path is not None and isinstance(call.schema.places[path].type, Struct | List):
            call.refuse(name, "a scalar column")


def intervals(call: Call) -> None:
    """`start` and `end` have the same type, and one with an order."""
    along(call)
    start, end = (call.schema.places[call.given[name]].type for name in ("start", "end"))
    if type(start) is not type(end):
        call.refuse("end", f"a column like {call.given['start']}, which is {type_word(start)}")


def exact_value(call: Call) -> None:
    """The rule's own column is exact: engines agree on which values are equal."""
    if call.place is not None and isinstance(call.place.type, Floating):
        call.refuse(
            "rule", f"a rule for {type_word(call.place.type)} (equal binary numbers are chance)", got=call.rule.name
        )


def exact_key(call: Call) -> None:
    """Both the rule's column and its keys are exact."""
    exact_value(call)
    key_columns(call)


def bounds_of_keys(call: Call) -> None:
    """Exact keys, and bounds."""
    key_columns(call)
    number_bounds(call)


def share_of_references(call: Call) -> None:
    """An exact value and a bound."""
    exact_value(call)
    number_bounds(call)


def reference_key(call: Call) -> None:
    """As many columns of the referenced table as of this one."""
    key_columns(call)
    columns, key = call.given["columns"], call.given.get("key")
    if key is not None and len(key) != len(columns):
        call.refuse("key", f"{len(columns)} columns, one for each of columns")


def compared_by_key(call: Call) -> None:
    """An exact value, and a key of the referenced table."""
    exact_value(call)
    reference_key(call)


def totals_by_key(call: Call) -> None:
    """A value that fits a total, a tolerance that does, and a key of the referenced table."""
    fits_totals(call)
    reference_key(call)
    if call.given.get("tolerance", 0) >= 10**WHOLE:
        call.refuse("tolerance", f"less than 10^{WHOLE}")


def counts_by_key(call: Call) -> None:
    """A key of the referenced table, and bounds."""
    reference_key(call)
    number_bounds(call)


def ratio_of_totals(call: Call) -> None:
    """A value that fits a total, and bounds."""
    fits_totals(call)
    number_bounds(call)


def fits_totals(call: Call) -> None:
    """At most WHOLE digits before the point and PLACES after it."""
    if call.place is None:
        return
    found = digits(call.place.type)
    if found.whole > WHOLE or found.scale > PLACES:
        allowed = f"a column of at most {WHOLE} digits before the point and {PLACES} after it"
        call.refuse("rule", allowed, "Declare decimals with fewer digits.", got=call.rule.name)


def steps_exactly(call: Call) -> None:
    """A difference of two values fits the digits that both engines have."""
    along(call)
    if call.place is None:
        return
    kinds = [call.place.type]
    if (path := call.given.get("column")) is not None:
        kinds.append(call.schema.places[path].type)
        if isinstance(kinds[-1], Floating | Struct | List) or not digits(kinds[-1]).whole:
            call.refuse("column", "a column of whole numbers or decimals")
            return
    needed = together([digits(each) for each in kinds], 1)
    if not needed.fit:
        allowed = f"a column whose differences need at most {MOST} digits, not {needed.whole + needed.scale}"
        call.refuse("rule", allowed, "Declare decimals with fewer digits.", got=call.rule.name)


def transitions(call: Call) -> None:
    """A mapping from each state to the states it may turn into."""
    along(call)
    graph: Any = call.given["transitions"]
    example = "a mapping such as {new: [paid, cancelled], paid: [shipped]}"
    if not isinstance(graph, dict) or not graph:
        call.refuse("transitions", example)
        return
    for state, after in graph.items():
        if not isinstance(state, str) or not isinstance(after, list) or not all(isinstance(x, str) for x in after):
            call.problems.add(f"{call.at('transitions')}.{state}", after, "a list of states", f"Write {example}.")
