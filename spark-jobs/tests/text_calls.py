"""Calls of the rules about text, by the pool of texts that they are tried on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from json_pool import KEYS, MORE_KEYS, json_texts
from text_pools import day_texts, numeral_texts, plain_texts

from gridata_contracts import types as t
from gridata_contracts.model import Contract
from gridata_contracts.suite import Ask, suite

Call = tuple[str, Mapping[str, Any]]

POOLS: Mapping[str, Callable[[], list[str]]] = {
    "json": json_texts,
    "numerals": numeral_texts,
    "days": day_texts,
    "plain": plain_texts,
}
_NUMBER_TYPES = (
    "int", "long", "float", "double", "decimal(1,0)", "decimal(5,2)", "decimal(38,0)", "decimal(38,38)",
    "decimal(38, 4)", "decimal(18,18)", "boolean",
)  # fmt: skip
_DATES = ("YYYY-MM-DD", "DD.MM.YYYY", "YYYYMMDD", "MM/DD/YYYY", "DD MM,YYYY")
_TIMESTAMPS = (
    "YYYY-MM-DDTHH:mm:ssZ", "YYYY-MM-DD HH:mm:ss,SSS", "YYYYMMDDTHHmmssSSSSSSZ", "DD/MM/YYYY HH:mm",
    "YYYY-MM-DDTHH:mm:ss.SSSZ",
)  # fmt: skip
_LIKES = (
    "%", "_", "a%", "%a", "%a%", "a_c", "_%_", "%%", "a%b%a", "\\%", "\\", "%\n", "%é_", "😀_%", "[a]%", "^a$", "%.",
    "a|b", "%_b_%",
)  # fmt: skip
_PARTS = ("a", "ab", "É", "e", "k", "İ", "\\", "%", "'", "\n", "😀", "GmbH", " ")


def contract_of(pool: str) -> Contract:
    """Every call on the texts of one pool as a check, named by its position."""
    calls = {"json": _on_json, "numerals": _on_numerals, "days": _on_days, "plain": _on_plain}[pool]()
    return suite({"value": t.String()}, [Ask(rule, "value", given, f"c{i}") for i, (rule, given) in enumerate(calls)])


def items_contract() -> Contract:
    """The rules that write lambdas themselves, inside of another lambda."""
    items = t.List(t.Struct((t.Field("text", t.String()),)))
    asks = [Ask("is_json", "items[*].text", {}, "json"), Ask("has_json_keys", "items[*].text", {"keys": ["a"]}, "keys")]
    return suite({"items": items}, asks)


def _on_json() -> Iterator[Call]:
    yield "is_json", {}
    for keys in (*([key] for key in KEYS), ["a", "id"], [*KEYS, *MORE_KEYS]):
        yield "has_json_keys", {"keys": keys}


def _on_numerals() -> Iterator[Call]:
    yield from (("is_castable_to", {"type": word}) for word in _NUMBER_TYPES)
    yield "is_integer_text", {}
    yield "is_number_text", {}


def _on_days() -> Iterator[Call]:
    yield from (("is_castable_to", {"type": word}) for word in ("date", "timestamp"))
    yield from (("is_date_text", {"format": each}) for each in _DATES)
    yield from (("is_timestamp_text", {"format": each}) for each in _TIMESTAMPS)


def _on_plain() -> Iterator[Call]:
    yield from ((rule, {"pattern": like}) for rule in ("is_like", "is_not_like") for like in _LIKES)
    for rule in ("has_substring", "has_no_substring", "has_prefix", "has_suffix"):
        yield from ((rule, {"text": part, "ignore_case": either}) for part in _PARTS for either in (True, False))
    yield from (("has_case", {"case": case}) for case in ("upper", "lower", "title"))
    yield from (("has_no_control_characters", {"allow_white_space": white}) for white in (True, False))
    yield from ((rule, {}) for rule in ("is_trimmed", "is_ascii"))
    yield from (("has_word_count", bounds) for bounds in ({"min": 2, "max": 3}, {"max": 1}))
    for rule in ("has_any_pattern", "has_all_patterns", "has_none_of_patterns"):
        yield rule, {"patterns": ["a.*", ".*\\s.*", "[^a]+"]}
