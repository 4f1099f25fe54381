"""The catalogue: every rule by name, filled by decorated functions, one per rule."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from gridata_contracts.errors import UsageError
from gridata_contracts.rules.rule import Applies, Example, Group, Holds, Level, Rule

PLUGIN_GROUP = "gridata.rules"
"""Entry point group of packages with further rules; importing the named module registers them."""
PLUGIN_MODULES = "GRIDATA_RULES"
"""Variable with further modules to import, separated by commas."""

_RULES: dict[str, Rule] = {}
_BY_ALIAS: dict[str, str] = {}

RULES: Mapping[str, Rule] = _RULES
"""Every rule by name."""


def register(rule: Rule) -> Rule:
    """Add a rule to the catalogue.

    Raises:
        UsageError: its name or an alias is taken.
    """
    for name in (rule.name, *rule.aliases):
        taken = _RULES.get(name) or _RULES.get(_BY_ALIAS.get(name.lower(), ""))
        if taken is not None:
            raise UsageError(f"rule {name}: got a name of {taken.name}, allowed a new one. Rename it.")
    _RULES[rule.name] = rule
    _BY_ALIAS.update({alias.lower(): rule.name for alias in rule.aliases})
    return rule


def find_rule(name: str) -> Rule | None:
    """The rule of that name or alias (aliases in any case); None when there is none."""
    return _RULES.get(name) or _RULES.get(_BY_ALIAS.get(name.lower(), ""))


def row_rule(
    group: Group, summary: str, *, applies: Applies, expected: str, example: Example, **more: Any
) -> Callable[[Holds], Holds]:
    """Register the decorated function as a row rule named like it.

    The function gets a `Subject` and gives the SQL condition that holds for a good value. Nulls need no care: a
    condition that is null passes, unless the check's null policy says otherwise.

        @row_rule(Group.CUSTOM, "The number is even.", applies=Applies.EXACT, expected="an even number",
                  example=on(Integer(), {}, 2, 3))
        def is_even(s: Subject) -> str:
            return f"{s.value} % 2 = 0"

    Args:
        group: section of the reference.
        summary: what it asks, one sentence.
        applies: column types it may stand on; TABLE for a rule across columns.
        expected: words shown to a producer, with `{argument}`.
        example: one passing and one failing row.
        more: further fields of `Rule`.
    """

    def add(holds: Holds) -> Holds:
        register(
            Rule(
                name=holds.__name__,
                group=group,
                level=Level.ROW,
                applies=applies,
                summary=summary,
                expected=expected,
                example=example,
                holds=holds,
                **more,
            )
        )
        return holds

    return add


def load_plugins() -> None:
    """Import the modules that bring further rules: entry points of installed packages, then GRIDATA_RULES.

    Raises:
        UsageError: a module cannot be imported.
    """
    installed = {entry.value for entry in entry_points(group=PLUGIN_GROUP)}
    named = {name.strip() for name in os.environ.get(PLUGIN_MODULES, "").split(",") if name.strip()}
    _import_all(sorted(installed | named))


def _import_all(modules: Iterable[str]) -> None:
    for module in modules:
        try:
            import_module(module)
        except ImportError as error:
            raise UsageError(
                f"rules {module}: cannot be imported ({error}), allowed an installed module. Check {PLUGIN_MODULES}."
            ) from error
