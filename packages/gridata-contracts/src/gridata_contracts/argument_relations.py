"""What some rules ask of several arguments at once: bounds in order, comparable types, fields that exist."""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gridata_contracts.columns import Place
from gridata_contracts.exact_digits import ITEM_DIGITS, MOST, Digits, digits, number_digits, product, together
from gridata_contracts.literals import literal_value, type_word
from gridata_contracts.problems import Absent, did_you_mean
from gridata_contracts.types import Decimal, Floating, Integer, List, LogicalType, Struct
from gridata_contracts.values import Refusal

if TYPE_CHECKING:
    from gridata_contracts.rule_call import Call  # which needs the rules, which need these relations

_EXACT = (Integer, Decimal)


def bounds_in_order(call: Call) -> None:
    """`min` is at most `max`; both are numbers."""
    _in_order(call, call.given.get("min"), call.given.get("max"))


def literal_bounds_in_order(call: Call) -> None:
    """`min` is at most `max`; both are literals of the column's type."""
    if call.place is not None:
        kind, bounds = call.place.type, (call.given.get("min"), call.given.get("max"))
        _in_order(call, *(None if bound is None else literal_value(kind, bound) for bound in bounds))


def _in_order(call: Call, low: Any, high: Any) -> None:
    if low is not None and high is not None and low > high:
        call.refuse("min", f"at most max ({call.given['max']})", "Swap the bounds.")


def compares(call: Call) -> None:
    """The other column compares with this one, and both fit 38 digits."""
    _comparable(call, call.given["column"], "column")
    _fits(call, "column", _digits_of(call, [call.given["column"]]))


def differs_from_all(call: Call) -> None:
    """Every one of the other columns compares with this one, and both fit 38 digits."""
    for i, path in enumerate(call.given["columns"]):
        _comparable(call, path, f"columns[{i}]")
    _fits(call, "columns", _digits_of(call, call.given["columns"]))


def differs_exactly(call: Call) -> None:
    """The other column compares with this one, and the difference fits 38 digits."""
    _comparable(call, call.given["column"], "column")
    _fits(call, "column", _digits_of(call, [call.given["column"]]), 1)


def differs_in_percent(call: Call) -> None:
    """The other column compares with this one; a hundred differences and the percentage of the other fit 38 digits."""
    _comparable(call, call.given["column"], "column")
    if call.place is not None:
        (other,) = _digits_of(call, [call.given["column"]])
        difference = together([digits(call.place.type), other], 1)
        percent = number_digits(decimal.Decimal(str(call.given["max_percent"])))
        # Spark makes a product one digit wider than its factors together.
        hundredfold = Digits(difference.whole + 3 + 1, difference.scale)
        part = Digits(other.whole + percent.whole + 1, other.scale + percent.scale)
        _fits(call, "max_percent", [hundredfold, part])


def multiplies_columns(call: Call) -> None:
    """All factors compare with the column, and their product fits 38 digits."""
    for i, path in enumerate(call.given["factors"]):
        _comparable(call, path, f"factors[{i}]")
    result = product(_digits_of(call, call.given["factors"]))
    # Spark makes each product one digit wider than its factors together.
    wide = Digits(result.whole + len(call.given["factors"]) - 1, result.scale)
    _fits(call, "factors", [wide], 1)


def sums_columns(call: Call) -> None:
    """All summands compare with the column, and the sum fits 38 digits."""
    for argument in ("plus", "minus"):
        for i, path in enumerate(call.given.get(argument, ())):
            _comparable(call, path, f"{argument}[{i}]")
    terms = [*call.given["plus"], *call.given.get("minus", ())]
    _fits(call, "plus", _digits_of(call, terms), len(terms) + 1)


def _digits_of(call: Call, paths: Sequence[str]) -> list[Digits]:
    return [digits(call.schema.places[path].type) for path in paths]


def _fits(call: Call, argument: str, others: Sequence[Digits], more: int = 0) -> None:
    """Both engines calculate exactly with 38 digits: a row that needs more would stop its whole batch."""
    if call.place is None or isinstance(call.place.type, Floating):
        return
    needed = together([digits(call.place.type), *others], more)
    if not needed.fit:
        allowed = f"numbers that need at most {MOST} digits together, not {needed.whole + needed.scale}"
        call.refuse(argument, allowed, "Declare int instead of long, or decimals with fewer digits.")


def _comparable(call: Call, path: str, argument: str) -> None:
    other = call.schema.places[path].type
    if call.place is None:
        return
    own = call.place.type
    nested = isinstance(own, Struct | List)
    if nested or not (type(own) is type(other) or (isinstance(own, _EXACT) and isinstance(other, _EXACT))):
        allowed = f"a column that compares with {call.place.path}, which is {type_word(own)}"
        call.refuse(argument, allowed, f"{path} is {type_word(other)}; align the types.", got=path)


def different_items(call: Call) -> None:
    """The array's items are exact scalars, or have the field and it is one."""
    if call.place is None or not isinstance(call.place.type, List):
        return
    item = call.place.type.item
    if "field" in call.given:
        kind = _field_type(call, call.place, call.given["field"], "field")
        if isinstance(kind, Struct | List | Floating):
            call.refuse("field", "a field with an exact scalar type", f"It is {type_word(kind)}.")
    elif isinstance(item, Struct):
        call.refuse("field", "the name of a field", f"One item of {call.place.path} is an object.", got=Absent)
    elif isinstance(item, List | Floating):
        allowed = f"an array of exact scalars (one item of {call.place.path} is {type_word(item)})"
        call.refuse("rule", allowed, "Choose another rule.", got=call.rule.name)


def sums_items(call: Call) -> None:
    """The array's items have the fields, all numbers, and the sum of products fits 38 digits."""
    array = call.schema.places[call.given["array"]]
    if not isinstance(array.type, List):
        call.refuse("array", "an array", f"{array.path} is {type_word(array.type)}.")
        return
    for i, name in enumerate(call.given["factors"]):
        _numeric_field(call, array, name, f"factors[{i}]")
    minus = [call.given["minus"]] if "minus" in call.given else []
    for name in minus:
        _numeric_field(call, array, name, "minus")
    fields = _fields_of(array)
    if fields.keys() >= {*call.given["factors"], *minus}:
        factors = product([digits(fields[name]) for name in call.given["factors"]])
        _fits(call, "factors", [factors, *(digits(fields[name]) for name in minus)], ITEM_DIGITS)


def _numeric_field(call: Call, array: Place, name: Any, argument: str) -> None:
    kind = _field_type(call, array, name, argument)
    if kind is None or call.place is None:
        return
    exact = isinstance(call.place.type, _EXACT)
    if not isinstance(kind, _EXACT if exact else (*_EXACT, Floating)):
        sort = "a whole number or decimal" if exact else "a number"
        call.refuse(argument, f"{sort}, as {call.place.path} is", f"{name} is {type_word(kind)}.", got=name)


def _field_type(call: Call, array: Place, name: Any, argument: str) -> LogicalType | None:
    fields = _fields_of(array)
    if name not in fields:
        call.refuse(argument, f"a field of one item of {array.path}", did_you_mean(name, fields), got=name)
        return None
    return fields[name]


def _fields_of(array: Place) -> dict[str, LogicalType]:
    item = array.type.item if isinstance(array.type, List) else None
    return {each.name: each.type for each in item.fields} if isinstance(item, Struct) else {}


def exact_multiple(call: Call) -> None:
    """The column is exact and the divisor above 0."""
    if call.place is not None and isinstance(call.place.type, Floating):
        call.refuse("rule", "a rule for binary numbers", "Use decimal(p,s).", got=call.rule.name)
    elif call.given["value"] == 0:
        call.refuse("value", "a number above 0", got=0)
    elif call.place is not None:
        value = literal_value(call.place.type, call.given["value"])
        if isinstance(value, Refusal):
            call.refuse("value", f"{value.expected}, as {call.place.path} is {type_word(call.place.type)}")
