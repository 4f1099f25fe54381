"""The catalogue as plain data: what `gridata rules --json` prints."""

from __future__ import annotations

from gridata_contracts.model import JsonValue
from gridata_contracts.rules.rule import Rule


def rule_json(rule: Rule) -> dict[str, JsonValue]:
    """One rule: name, aliases, group, level, cost, what it applies to, arguments with types, null semantics."""
    arguments: list[JsonValue] = [
        {
            "name": name,
            "type": kind.value,
            "required": name in rule.required,
            **({"choices": [*rule.choices[name]]} if name in rule.choices else {}),
        }
        for name, kind in rule.arguments.items()
    ]
    return {
        "name": rule.name,
        "aliases": [*rule.aliases],
        "group": rule.group.value,
        "level": rule.level.value,
        "cost": rule.level.cost,
        "applies_to": rule.applies.value,
        "marks_rows": rule.marks_rows,
        "arguments": arguments,
        "at_least_one_argument": rule.one_of,
        "nulls": rule.nulls,
        "summary": rule.summary,
        "expected": rule.expected,
    }
