"""How files of a dataset arrive, from the contract's settings."""

from __future__ import annotations

import re
from typing import cast

from gridata_contracts.columns import Schema
from gridata_contracts.model import Csv, Format, JsonValue, Landing
from gridata_contracts.naming import LANDING, REJECTED, STAGING
from gridata_contracts.problems import Absent, Problems
from gridata_contracts.types import List, Struct

_SETTINGS = "customProperties.gridata"
_ALIAS = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_=-]*/)+")
_RESERVED = (LANDING, REJECTED, STAGING)


def read_landing(settings: dict[str, JsonValue], schema: Schema, problems: Problems) -> Landing:
    """Format, aliases and CSV details; problems are noted."""
    written = settings.get("format")
    if written is None:
        problems.add(f"{_SETTINGS}.format", Absent, ", ".join(Format), "Add the customProperty gridata.format.")
    form = Format(cast(str, written or "jsonl"))
    if "csv" in settings and form is not Format.CSV:
        problems.add(f"{_SETTINGS}.csv", settings["csv"], "only with gridata.format csv")
    if form is Format.CSV:
        _refuse_nesting(schema, problems)
    return Landing(
        format=form,
        aliases=_aliases(settings.get("aliases", []), problems),
        same_content=cast(str, settings.get("sameContent", "publish")),
        csv=_csv(settings.get("csv", {}), problems),
    )


def _refuse_nesting(schema: Schema, problems: Problems) -> None:
    for column in schema.columns:
        if isinstance(column.type, Struct | List):
            _, where = schema.properties[column.path]
            problems.add(f"{where}.logicalType", column.path, "scalar columns in CSV", "Use jsonl for nesting.")


def _aliases(values: JsonValue, problems: Problems) -> tuple[str, ...]:
    aliases = []
    for i, alias in enumerate(cast(list[JsonValue], values)):
        where = f"{_SETTINGS}.aliases[{i}]"
        if not isinstance(alias, str) or not _ALIAS.fullmatch(alias):
            problems.add(where, alias, "a key prefix such as raw/ecommerce/orders/", "End it with /, no leading /.")
        elif alias.partition("/")[0] in _RESERVED:
            problems.add(where, alias, f"a prefix outside of {', '.join(_RESERVED)}", "Those are the platform's own.")
        else:
            aliases.append(alias)
    return tuple(aliases)


def _csv(values: JsonValue, problems: Problems) -> Csv:
    given = cast(dict[str, JsonValue], values)
    for name in given:
        if name not in ("delimiter", "quote"):
            problems.add_choice(f"{_SETTINGS}.csv.{name}", name, ("delimiter", "quote"))
    delimiter, quote = given.get("delimiter", ","), given.get("quote", '"')
    for name, value, allowed in (("delimiter", delimiter, ",;\t|"), ("quote", quote, "\"'")):
        if not isinstance(value, str) or len(value) != 1 or value not in allowed:
            problems.add(f"{_SETTINGS}.csv.{name}", value, f"one of {' '.join(map(repr, allowed))}")
    return Csv(str(delimiter), str(quote))
