"""What rules ask of the bounds they are given: one at least, in order, with room between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gridata_contracts.literals import literal_value, type_word
from gridata_contracts.problems import Absent
from gridata_contracts.types import String

if TYPE_CHECKING:
    from gridata_contracts.rule_call import Call  # which needs the rules, which need these relations


def number_bounds(call: Call) -> None:
    """`min` and `max` are numbers that some number keeps to."""
    _leave_room(call, {name: call.given[name] for name in ("min", "max") if name in call.given})


def literal_bounds(call: Call) -> None:
    """`min` and `max` are literals of the column's type that some value keeps to."""
    if call.place is None:
        return
    kind = call.place.type
    _leave_room(call, {name: literal_value(kind, call.given[name]) for name in ("min", "max") if name in call.given})


def _leave_room(call: Call, bounds: Mapping[str, Any]) -> None:
    if not bounds:
        call.problems.add(call.where, Absent, "at least one of min, max", f"{call.rule.name} needs a bound.")
    exclusive = [name for name in ("min", "max") if call.given.get(f"exclusive_{name}")]
    for name in exclusive:
        if name not in bounds:
            call.refuse(f"exclusive_{name}", f"{name} beside it", "Add the bound.")
    if len(bounds) < len(("min", "max")):
        if call.given.get("outside"):
            call.refuse("outside", "both min and max beside it", "One bound alone is turned by writing the other.")
        return
    if bounds["min"] > bounds["max"]:
        call.refuse("min", f"at most max ({call.given['max']})", "Swap the bounds.")
    elif exclusive and bounds["min"] == bounds["max"]:
        call.refuse("min", f"less than max ({call.given['max']}), as a bound is exclusive")


def validity_bounds(call: Call) -> None:
    """Either a list of valid values or a pattern of text, and bounds."""
    given = [name for name in ("values", "pattern") if name in call.given]
    if len(given) != 1:
        got = given or Absent
        call.problems.add(call.where, got, "values or pattern, one of them", "It is what makes a value valid.")
    elif given == ["pattern"] and call.place is not None and not isinstance(call.place.type, String):
        call.refuse("pattern", f"no pattern for {type_word(call.place.type)}", "List the valid values.")
    number_bounds(call)
