"""Personal data, found by what a column is called and by what its values look like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gridata_contracts.columns import ITEM
from gridata_contracts.model import Action, Check, Column, Contract, Nulls
from gridata_contracts.sql.paths import columns_by_path
from gridata_contracts.suggest_notes import is_personal
from gridata_contracts.suite import Ask, suite
from gridata_contracts.types import List, String, Struct
from gridata_jobs.checks.decision import Outcome

WHOLE: Mapping[str, str] = {
    "e-mail address": "is_email",
    "telephone number": "is_phone_number",
    "card number": "is_card_number",
    "IBAN": "is_iban",
    "IP address": "is_ip_address",
}
"""What a whole value may be, by the rule that it then keeps; card numbers and IBANs by their check digits."""
INSIDE: Mapping[str, str] = {
    "e-mail address": "email",
    "telephone number": "phone",
    "card number": "card",
    "IBAN": "iban",
}
"""What may stand inside a longer text, by the `kinds` of has_no_pii."""
NAME_PRIOR = 0.5
"""Confidence that a name alone gives: `email_template_id` is called like an address and is none."""
LEAST = 0.5
"""Findings of less confidence are not told."""
_LEAST_INSIDE = 0.01
_PREFIX = "pii:"


@dataclass(frozen=True)
class Finding:
    """One kind of personal data in one column.

    Attributes:
        kind: what it is, in words.
        by: `name`, `values` or both, and how many of the values.
        confidence: 0 to 1: that of the name and the share of matching values, taken as independent witnesses.
    """

    column: str
    kind: str
    by: str
    confidence: float


def personal_checks(contract: Contract) -> tuple[Check, ...]:
    """Checks that only count: per text column outside arrays and kind, the values that are none of that kind."""
    texts = [path for path, column in text_columns(contract).items() if ITEM not in path]
    types = {column.name: column.type for column in contract.columns}
    asked = [Ask(rule, path, id=f"{_PREFIX}{path}:whole:{kind}") for path in texts for kind, rule in WHOLE.items()]
    asked += [
        Ask("has_no_pii", path, {"kinds": [word]}, id=f"{_PREFIX}{path}:inside:{kind}")
        for path in texts
        for kind, word in INSIDE.items()
    ]
    # Nulls are left out of what is evaluated, so that shares are of values.
    return tuple(replace(check, action=Action.FLAG, nulls=Nulls.SKIP) for check in suite(types, asked).checks)


def findings(contract: Contract, outcomes: Mapping[str, Outcome]) -> Iterator[Finding]:
    """What the checks counted, put together with the columns' names.

    Args:
        contract: gives the columns.
        outcomes: of `personal_checks`, by check id.
    """
    for path, column in columns_by_path(contract).items():
        by_name = is_personal(path) and not isinstance(column.type, Struct | List)
        of_values = list(_of_values(path, by_name, outcomes))
        yield from of_values
        if by_name and not of_values:
            yield Finding(path, "a value of a person", "name", NAME_PRIOR)


def _of_values(path: str, by_name: bool, outcomes: Mapping[str, Outcome]) -> Iterator[Finding]:
    for kind in WHOLE:
        whole = outcomes.get(f"{_PREFIX}{path}:whole:{kind}")
        share = 1 - whole.failed / whole.evaluated if whole is not None and whole.evaluated else 0.0
        confidence = _together(share, by_name) if share else 0.0
        if confidence >= LEAST:
            yield Finding(path, kind, _by(by_name, f"{share:.0%} of values"), confidence)
            continue
        inside = outcomes.get(f"{_PREFIX}{path}:inside:{kind}")
        share = inside.failed / inside.evaluated if inside is not None and inside.evaluated else 0.0
        if share >= _LEAST_INSIDE:
            yield Finding(path, f"{kind} inside text", _by(by_name, f"{share:.1%} of values"), _together(0.9, by_name))


def _together(share: float, by_name: bool) -> float:
    return round(1 - (1 - share) * (1 - NAME_PRIOR if by_name else 1), 3)


def _by(by_name: bool, values: str) -> str:
    return f"name and {values}" if by_name else values


def text_columns(contract: Contract) -> dict[str, Column]:
    """Columns of text by path, those inside arrays too."""
    return {path: column for path, column in columns_by_path(contract).items() if isinstance(column.type, String)}
