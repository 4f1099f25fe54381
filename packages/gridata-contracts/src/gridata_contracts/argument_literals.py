"""What some rules ask of the literals they are given: room between bounds, pairs, items of an array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gridata_contracts.literals import literal_value, type_word
from gridata_contracts.problems import Absent
from gridata_contracts.types import Decimal, Floating, Integer, List, LogicalType, String, Struct
from gridata_contracts.values import Refusal

if TYPE_CHECKING:
    from gridata_contracts.rule_call import Call  # which needs the rules, which need these relations


def tolerance_of_numbers(call: Call) -> None:
    """Only numbers are nearly equal."""
    if call.place is None or isinstance(call.place.type, Integer | Decimal | Floating):
        return
    if "tolerance" in call.given:
        call.refuse("tolerance", f"no tolerance for {type_word(call.place.type)}", "Remove it.")


def fewer_fraction_digits(call: Call) -> None:
    """Less than what the type already promises."""
    if call.place is None:
        return
    if not isinstance(call.place.type, Decimal):
        call.refuse("rule", f"a rule for {type_word(call.place.type)}", "It has no fraction.", got=call.rule.name)
    elif call.given["max"] >= call.place.type.scale:
        call.refuse("max", f"less than the {call.place.type.scale} fraction digits of {type_word(call.place.type)}")


def set_values(call: Call) -> None:
    """The column is a scalar; case is ignored in text only."""
    if call.place is None:
        return
    if isinstance(call.place.type, Struct | List):
        call.refuse("rule", "a rule for objects and arrays", "Put it on a field.", got=call.rule.name)
    elif call.given.get("ignore_case") and not isinstance(call.place.type, String):
        call.refuse("ignore_case", f"no ignore_case for {type_word(call.place.type)}", "Remove it.")


def item_values(call: Call) -> None:
    """The items are scalars, and `value` or each of `values` is a value of theirs."""
    kind = call.place.type.item if call.place is not None and isinstance(call.place.type, List) else None
    if kind is None or call.place is None:
        return
    if isinstance(kind, Struct | List):
        allowed = f"an array of scalars (one item of {call.place.path} is {type_word(kind)})"
        call.refuse("rule", allowed, "Put a rule on a field of the item.", got=call.rule.name)
    elif "value" in call.given:
        _literal(call, call.given["value"], kind, f"{call.place.path}[*]", call.at("value"))
    else:
        for i, value in enumerate(_listed(call, "values")):
            _literal(call, value, kind, f"{call.place.path}[*]", f"{call.at('values')}[{i}]")


def pair_values(call: Call) -> None:
    """Each pair is two literals: one of this column, one of the other."""
    other = call.schema.places.get(str(call.given["column"]))
    if call.place is None or other is None:
        return
    for place in (call.place, other):
        if isinstance(place.type, Struct | List):
            call.refuse("rule", "a rule for scalars", f"{place.path} is {type_word(place.type)}.", got=call.rule.name)
            return
    for i, pair in enumerate(_listed(call, "pairs")):
        where = f"{call.at('pairs')}[{i}]"
        if not isinstance(pair, list) or len(pair) != 2:
            call.problems.add(where, pair, f"two literals, one of {call.place.path} and one of {other.path}")
            continue
        for j, place in enumerate((call.place, other)):
            _literal(call, pair[j], place.type, place.path, f"{where}[{j}]")


def _listed(call: Call, name: str) -> Sequence[Any]:
    given = call.given[name]
    if isinstance(given, list) and given:
        return given
    call.refuse(name, "a list with at least one item", got=Absent if given is None else given)
    return ()


def _literal(call: Call, literal: Any, kind: LogicalType, path: str, where: str) -> None:
    value = literal_value(kind, literal)
    if isinstance(value, Refusal):
        call.problems.add(where, literal, f"{value.expected} ({path} is {type_word(kind)})")
