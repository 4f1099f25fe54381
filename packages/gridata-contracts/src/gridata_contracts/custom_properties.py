"""Our own settings inside a contract: `customProperties` named `gridata.*`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from open_data_contract_standard.model import CustomProperty

from gridata_contracts.model import JsonValue
from gridata_contracts.problems import Absent, Problems

PREFIX = "gridata."
FREE_PREFIX = "x."
"""Settings of a team's own, `gridata.x.<name>`: kept in `Contract.extra`, never checked."""

_BYTES = re.compile(r"([1-9][0-9]*)\s*(B|KiB|MiB|GiB|TiB)?")
_UNITS = {None: 1, "B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


@dataclass(frozen=True)
class Setting:
    """One `gridata.*` name: what it may hold."""

    kinds: tuple[type, ...]
    choices: tuple[str, ...] = ()
    allowed: str = ""


PROFILES = ("small", "medium", "large")

CONTRACT_SETTINGS: Mapping[str, Setting] = {
    "format": Setting((str,), ("jsonl", "json", "csv", "parquet", "orc")),
    "csv": Setting((dict,), allowed="a mapping with delimiter and quote"),
    "aliases": Setting((list,), allowed="a list of key prefixes such as raw/ecommerce/orders/"),
    "sameContent": Setting((str,), ("publish", "duplicate")),
    "unknownFields": Setting((str,), ("keep", "reject")),
    "orderBy": Setting((str,), allowed="the name of a top-level column"),
    "lane": Setting((str,), ("auto", "duckdb", "spark")),
    "laneThreshold": Setting((str, int), allowed="a size such as 16GiB"),
    "computeProfile": Setting((str,), PROFILES),
}
COLUMN_SETTINGS: Mapping[str, Setting] = {
    "pii": Setting((bool,), allowed="true or false"),
    "round": Setting((str,), ("half-up",)),
    "allowNan": Setting((bool,), allowed="true or false"),
}


def read_settings(
    properties: Sequence[CustomProperty] | None, known: Mapping[str, Setting], path: str, problems: Problems
) -> dict[str, JsonValue]:
    """The `gridata.*` settings by name without the prefix; other vendors' properties are left alone."""
    settings: dict[str, JsonValue] = {}
    for i, item in enumerate(properties or ()):
        where = f"{path}.customProperties[{i}]" if path else f"customProperties[{i}]"
        name = item.property or ""
        if not name.startswith(PREFIX):
            if not name:
                problems.add(f"{where}.property", Absent, "the name of the property")
            continue
        short = name.removeprefix(PREFIX)
        if short in settings:
            problems.add(f"{where}.property", name, "each property once", "Keep one of them.")
        elif short.startswith(FREE_PREFIX) or _accepts(short, item.value, known, where, problems):
            settings[short] = item.value
        elif short in known and known[short].choices:
            settings[short] = known[short].choices[0]  # so that one wrong word is one problem
    return settings


def _accepts(name: str, value: Any, known: Mapping[str, Setting], where: str, problems: Problems) -> bool:
    if name not in known:
        problems.add_choice(
            f"{where}.property", PREFIX + name, [PREFIX + each for each in known], "Own settings start with gridata.x."
        )
        return False
    setting = known[name]
    right_kind = isinstance(value, setting.kinds) and not (isinstance(value, bool) and bool not in setting.kinds)
    if setting.choices and value not in setting.choices:
        problems.add_choice(f"{where}.value", value, setting.choices)
        return False
    if not right_kind:
        problems.add(f"{where}.value", value, setting.allowed)
    return right_kind


def read_bytes_size(value: JsonValue) -> int | None:
    """`16GiB` or a number of bytes as bytes; None when it is neither."""
    match = _BYTES.fullmatch(str(value))
    return None if match is None else int(match[1]) * _UNITS[match[2]]
