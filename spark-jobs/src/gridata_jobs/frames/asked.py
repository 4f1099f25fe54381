"""How a check is asked for in Python."""

from __future__ import annotations

from typing import Any

from gridata_contracts.suite import Ask
from gridata_contracts.verdict_terms import KEYS


def rule(name: str, column: str | None = None, /, *, id: str | None = None, **arguments: Any) -> Ask:  # noqa: A002
    """One check: `rule("is_between", "price", min=0, max=1000, severity="warning")`.

    Args:
        name: of a rule of the catalogue (`gridata rules` lists them), or one of its aliases.
        column: path it stands on, `items[*].price` for one inside an array; None for rules of the whole row or frame.
        id: names the check in results; by default `<column>.<rule>`.
        **arguments: the rule's own, and how it is judged: `severity` (error, warning), `action` (quarantine, flag,
            fail_batch), `threshold` (`10`, `"1 %"`), `where` (a condition in SQL's words), `nulls` (pass, fail, skip).
    """
    terms = {key: arguments.pop(key) for key in ("severity", *KEYS) if key in arguments}
    return Ask(name, column, arguments, id, terms)
