"""Published examples of forms as starting points of random near misses."""

from __future__ import annotations

from collections.abc import Iterator

from known_values import KNOWN

from gridata_contracts import types as t
from gridata_contracts.rules import Example

_FROM_EACH_VALUE = ("is_card_number", "is_iban", "is_isbn", "is_url", "is_vat_number", "has_no_pii")
"""Rules that take another path for other values."""
_ONLY_PATTERNS = ("is_hash", "is_postal_code")


def examples() -> Iterator[tuple[str, str, Example]]:
    """Rule, what is special, example: for other arguments, and from more than one value where that matters."""
    for i, known in enumerate(KNOWN):
        rule, arguments = known["rule"], known.get("arguments", {})
        pairs = zip(known["good"], known["bad"], strict=False) if rule in _FROM_EACH_VALUE else ()
        first = [(known["good"][0], known["bad"][0])] if arguments and rule not in _ONLY_PATTERNS else []
        for nth, (good, bad) in enumerate([*pairs] or first):
            yield rule, f"known_{i}_{nth}", Example({"value": t.String()}, arguments, {"value": good}, {"value": bad})
