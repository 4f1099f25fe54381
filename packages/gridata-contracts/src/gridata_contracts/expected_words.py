"""What a check allows, in words that a producer understands."""

from __future__ import annotations

import re

from gridata_contracts.model import JsonValue
from gridata_contracts.rules import Rule

_IF_GIVEN = re.compile(r"\[([^\[\]|]*\{[^\[\]|]*)(?:\|([^\[\]]*))?\]")
_NAMED = re.compile(r"\{(\w+)\}")
_HOW = ("exclusive_min", "exclusive_max", "outside")


def expected_words(rule: Rule, arguments: dict[str, JsonValue]) -> str:
    """What the rule allows, in words: `between 1 and 99`, `at least 1 item`, `one of EUR, USD`.

    Of `[a|b]`, which may have no `|b`, the first part is said where all arguments in it are given, else the second.
    """
    how = {name for name in _HOW if arguments.get(name)}
    bounds = {name: value for name, value in arguments.items() if name not in _HOW}
    if rule.one_of and (len(bounds) == 1 or how):
        of_what = rule.expected.partition("between {min}")[0] if "between {min}" in rule.expected else ""
        return of_what + _bounds_words(bounds, how) + rule.expected.rpartition("{max}")[2]

    def chosen(part: re.Match[str]) -> str:
        return part[1] if arguments.keys() >= {*_NAMED.findall(part[1])} else part[2] or ""

    said = _IF_GIVEN.sub(chosen, _meant(rule.expected, how))
    return said.format_map({name: _words(arguments.get(name)) for name in rule.arguments})


def _bounds_words(bounds: dict[str, JsonValue], how: set[str]) -> str:
    if "outside" in how and bounds["min"] == bounds["max"]:
        return f"other than {bounds['min']}"
    low, high = _compared(how)
    in_order = sorted(bounds.items(), reverse=True)  # min first
    between = " or " if "outside" in how else " and "
    return between.join(f"{low if name == 'min' else high} {value}" for name, value in in_order)


def _meant(template: str, how: set[str]) -> str:
    """A template that says its bounds one by one, with the words for how they are meant."""
    low, high = _compared(how)
    if "outside" in how:
        template = template.replace("[, at most {max}]", "[ or at most {max}]")
    return template.replace("at least {min}", f"{low} {{min}}").replace("at most {max}", f"{high} {{max}}")


def _compared(how: set[str]) -> tuple[str, str]:
    """Words for `min` and for `max`."""
    if "outside" in how:
        return (
            "at most" if "exclusive_min" in how else "less than",
            "at least" if "exclusive_max" in how else "more than",
        )
    return "more than" if "exclusive_min" in how else "at least", "less than" if "exclusive_max" in how else "at most"


def _words(value: JsonValue) -> str:
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
