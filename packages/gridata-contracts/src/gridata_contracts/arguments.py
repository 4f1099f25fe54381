"""Checks one call of a rule against the rule's signature and the columns it names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gridata_contracts.columns import Place
from gridata_contracts.literals import literal_value, type_word
from gridata_contracts.model import JsonValue
from gridata_contracts.patterns import PatternError, parse_pattern
from gridata_contracts.problems import Absent, did_you_mean
from gridata_contracts.rule_call import Call
from gridata_contracts.rules.rule import Applies, Argument, Level
from gridata_contracts.types import (
    Boolean,
    Date,
    Decimal,
    Floating,
    Integer,
    List,
    String,
    Struct,
    Timestamp,
)
from gridata_contracts.values import Refusal

_TABLE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")

APPLIES: Mapping[Applies, tuple[type, ...]] = {
    Applies.ANY: (String, Boolean, Integer, Floating, Decimal, Date, Timestamp, Struct, List),
    Applies.TEXT: (String,),
    Applies.NUMERIC: (Integer, Floating, Decimal),
    Applies.ORDERED: (String, Integer, Floating, Decimal, Date, Timestamp),
    Applies.TEMPORAL: (Date, Timestamp),
    Applies.SCALAR: (String, Boolean, Integer, Floating, Decimal, Date, Timestamp),
    Applies.EXACT: (Integer, Decimal),
    Applies.FLOATING: (Floating,),
    Applies.BOOLEAN: (Boolean,),
    Applies.MEASURED: (Integer, Floating, Decimal, Date, Timestamp),
    Applies.INSTANT: (Timestamp,),
    Applies.ARRAY: (List,),
}

_MOST_INTEGER = 2**63
_ONE_PER_ROW = (Level.AGGREGATE, Level.KEYED, Level.STATISTIC, Level.SKETCH)


def accept_arguments(call: Call) -> dict[str, JsonValue] | None:
    """The call's arguments, patterns in canonical form; None when a problem was noted."""
    before = len(call.problems.messages)
    if _applies(call) and _names_are_known(call):
        for name in call.given:
            kind = call.rule.arguments[name]
            call.accepted[name] = call.given[name]
            _ACCEPT[kind](call, name, call.given[name])
    if call.names_a_refused_column or len(call.problems.messages) > before:
        return None
    if call.rule.relation is not None:
        call.rule.relation(call)
    return call.accepted if len(call.problems.messages) == before else None


def _applies(call: Call) -> bool:
    of_table = call.rule.applies is Applies.TABLE
    if of_table and call.place is not None:
        call.refuse("rule", "a rule of one column", "Move it to the schema's quality.", got=call.rule.name)
    elif not of_table and call.place is None:
        call.refuse("rule", "a rule of the whole table", "Move it to its column.", got=call.rule.name)
    elif call.place is not None and call.place.scope and call.rule.level in _ONE_PER_ROW:
        looks = "measures rows" if call.rule.level is Level.AGGREGATE else "compares rows"
        allowed = f"a column with one value per row ({call.rule.name} {looks})"
        call.refuse("rule", allowed, f"{call.place.path} has many values per row.", got=call.rule.name)
    elif call.place is not None and not isinstance(call.place.type, APPLIES[call.rule.applies]):
        allowed = f"a rule for {type_word(call.place.type)} ({call.rule.name} is for {call.rule.applies.value} columns)"
        call.refuse("rule", allowed, "Choose another rule or change the column's type.", got=call.rule.name)
    else:
        return True
    return False


def _names_are_known(call: Call) -> bool:
    known = call.rule.arguments
    unknown = [name for name in call.given if name not in known]
    missing = [name for name in call.rule.required if name not in call.given]
    for name in unknown:
        call.refuse(name, ", ".join(known) or f"no arguments for {call.rule.name}", did_you_mean(name, known), got=name)
    for name in missing:
        call.refuse(name, f"{name}, which {call.rule.name} needs", "Add the argument.", got=Absent)
    bounds = [name for name, kind in known.items() if kind is not Argument.BOOLEAN]
    if call.rule.one_of and not unknown and not call.given.keys() & {*bounds}:
        call.problems.add(
            call.where, Absent, f"at least one of {', '.join(bounds)}", f"{call.rule.name} needs a bound."
        )
        return False
    return not unknown and not missing


def _accept_number(call: Call, name: str, value: Any) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
        call.refuse(name, "a number >= 0")


def _accept_integer(call: Call, name: str, value: Any) -> None:
    if type(value) is not int or not 0 <= value < _MOST_INTEGER:
        call.refuse(name, "a whole number from 0 to 2^63 - 1")


def _accept_signed(call: Call, name: str, value: Any) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        call.refuse(name, "a number")


def _accept_share(call: Call, name: str, value: Any) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        call.refuse(name, "a share from 0 to 1")


def _accept_choice(call: Call, name: str, value: Any) -> None:
    if value not in call.rule.choices[name]:
        call.problems.add_choice(call.at(name), value, call.rule.choices[name])


def _accept_choices(call: Call, name: str, value: Any) -> None:
    for i, word in enumerate(_items(call, name, value)):
        if word not in call.rule.choices[name]:
            call.problems.add_choice(f"{call.at(name)}[{i}]", word, call.rule.choices[name])


def _accept_strings(call: Call, name: str, value: Any) -> None:
    for i, word in enumerate(_items(call, name, value)):
        if not isinstance(word, str) or not word:
            call.problems.add(f"{call.at(name)}[{i}]", word, "text")


def _accept_table(call: Call, name: str, value: Any) -> None:
    if not isinstance(value, str) or _TABLE.fullmatch(value) is None:
        call.refuse(name, "a table of the lake, <schema>.<table> such as ecommerce_bronze.products_v1")


def _accept_any(call: Call, name: str, value: Any) -> None:
    """The rule's own relation looks at it."""


def _accept_string(call: Call, name: str, value: Any) -> None:
    if not isinstance(value, str) or not value:
        call.refuse(name, "text")


def _accept_boolean(call: Call, name: str, value: Any) -> None:
    if not isinstance(value, bool):
        call.refuse(name, "true or false")


def _accept_pattern(call: Call, name: str, value: Any) -> None:
    if not isinstance(value, str):
        call.refuse(name, "a regular expression as text")
        return
    try:
        call.accepted[name] = parse_pattern(value).text
    except PatternError as error:
        call.problems.say(call.at(name), str(error))


def _accept_patterns(call: Call, name: str, value: Any) -> None:
    canonical: list[JsonValue] = []
    for i, text in enumerate(_items(call, name, value)):
        try:
            canonical.append(parse_pattern(str(text)).text)
        except PatternError as error:
            call.problems.say(f"{call.at(name)}[{i}]", str(error))
    call.accepted[name] = canonical


def _accept_expression(call: Call, name: str, value: Any) -> None:
    from gridata_contracts.expressions import parse_expression  # loads a SQL parser: only where one is written

    expression = parse_expression(value, call.schema, call.at(name), call.problems)
    if expression is not None:
        call.accepted[name] = expression.text
        call.expressions[name] = expression


def _accept_column(call: Call, name: str, value: Any) -> None:
    _accept_reference(call, value, call.at(name))


def _accept_columns(call: Call, name: str, value: Any) -> None:
    for i, path in enumerate(_items(call, name, value)):
        _accept_reference(call, path, f"{call.at(name)}[{i}]")


def _accept_reference(call: Call, path: Any, where: str) -> None:
    """The other column must be in the same array item or further out."""
    place = call.schema.find(path, where, call.problems)
    call.names_a_refused_column |= place is None
    own_scope = call.place.scope if call.place is not None else ()
    if place is not None and own_scope[: len(place.scope)] != place.scope:
        allowed = f"a column outside of {place.scope[-1]}, or of the same item of it"
        call.problems.add(where, path, allowed, "It has many values per row.")


def _accept_value(call: Call, name: str, value: Any) -> None:
    _accept_literal(call, value, call.place, call.at(name))


def _accept_values(call: Call, name: str, value: Any) -> None:
    for i, literal in enumerate(_items(call, name, value)):
        _accept_literal(call, literal, call.place, f"{call.at(name)}[{i}]")


def _accept_other_values(call: Call, name: str, value: Any) -> None:
    place = call.schema.places.get(str(call.given["column"]))
    for i, literal in enumerate(_items(call, name, value)):
        _accept_literal(call, literal, place, f"{call.at(name)}[{i}]")


def _accept_literal(call: Call, literal: Any, place: Place | None, where: str) -> None:
    if place is None:
        return  # the reference itself was noted
    value = literal_value(place.type, literal)
    if isinstance(value, Refusal):
        call.problems.add(where, literal, f"{value.expected} ({place.path} is {type_word(place.type)})")


def _items(call: Call, name: str, value: Any) -> Iterable[Any]:
    if not isinstance(value, list) or not value:
        call.refuse(name, "a list with at least one item", got=Absent if value is None else value)
        return []
    for i, item in enumerate(value):
        if any(item == other and type(item) is type(other) for other in value[:i]):
            call.problems.add(f"{call.at(name)}[{i}]", item, "each item once", "Remove the repetition.")
    return value


_ACCEPT: Mapping[Argument, Callable[[Call, str, Any], None]] = {
    Argument.NUMBER: _accept_number,
    Argument.INTEGER: _accept_integer,
    Argument.STRING: _accept_string,
    Argument.BOOLEAN: _accept_boolean,
    Argument.PATTERN: _accept_pattern,
    Argument.COLUMN: _accept_column,
    Argument.COLUMNS: _accept_columns,
    Argument.VALUE: _accept_value,
    Argument.VALUES: _accept_values,
    Argument.OTHER_VALUES: _accept_other_values,
    Argument.SIGNED: _accept_signed,
    Argument.SHARE: _accept_share,
    Argument.CHOICE: _accept_choice,
    Argument.CHOICES: _accept_choices,
    Argument.STRINGS: _accept_strings,
    Argument.PATTERNS: _accept_patterns,
    Argument.EXPRESSION: _accept_expression,
    Argument.TABLE: _accept_table,
    Argument.ANY: _accept_any,
}
