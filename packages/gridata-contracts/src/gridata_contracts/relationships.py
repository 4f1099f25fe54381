"""`relationships` of the standard: foreign keys to columns of other datasets, as checks that look them up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from open_data_contract_standard.model import Relationship

from gridata_contracts.columns import Place
from gridata_contracts.naming import bronze_table, parse_dataset_id
from gridata_contracts.problems import Absent, Problems
from gridata_contracts.wanted import Wanted

_TO = re.compile(r"([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.v[1-9][0-9]*)\.([A-Za-z_][A-Za-z0-9_]*)")
_ALLOWED = "<domain>.<dataset>.v<N>.<column> such as ecommerce.customers.v1.customer_id"


def of_property(
    relationships: Sequence[Relationship] | None, place: Place, path: str, problems: Problems
) -> Iterator[Wanted]:
    """Checks of one property's relationships: its value is looked up, and a row without a match is flagged."""
    for i, each in enumerate(relationships or ()):
        where = f"{path}.relationships[{i}]"
        if each.from_ is not None:
            problems.add(f"{where}.from", each.from_, "no from in a property", f"It is {place.path} already.")
        target = _target([each.to], f"{where}.to", problems) if _is_foreign_key(each, where, problems) else None
        if target is not None:
            table, keys = target
            yield Wanted("is_found_in", {"table": table, "key": keys[0]}, where, each.id, "warning")


def of_schema(
    relationships: Sequence[Relationship] | None, schema: str, path: str, problems: Problems
) -> Iterator[Wanted]:
    """Checks of the schema's own relationships, whose keys may have several columns.

    Args:
        relationships: as written.
        schema: name of the schema object, which `from` may put before its columns.
        path: of the schema in the document.
        problems: takes what is wrong.
    """
    for i, each in enumerate(relationships or ()):
        where = f"{path}.relationships[{i}]"
        own, other = _list(each.from_), _list(each.to)
        if not own:
            problems.add(f"{where}.from", Absent, "columns of this schema", "Name what refers to the other dataset.")
        elif len(own) != len(other):
            problems.add(f"{where}.to", each.to, f"{len(own)} columns, one for each of from")
        elif _is_foreign_key(each, where, problems):
            target = _target(other, f"{where}.to", problems)
            if target is not None:
                table, keys = target
                columns = [str(name).removeprefix(f"{schema}.") for name in own]
                arguments = {"columns": columns, "table": table, "key": keys}
                yield Wanted("is_key_found_in", arguments, where, each.id, "warning")


def _is_foreign_key(each: Relationship, where: str, problems: Problems) -> bool:
    if each.type in (None, "foreignKey"):
        return True
    problems.add_choice(f"{where}.type", each.type, ("foreignKey",))
    return False


def _target(to: Sequence[Any], where: str, problems: Problems) -> tuple[str, list[str]] | None:
    """The table and its columns; None when a problem was noted."""
    matches = [_TO.fullmatch(each) if isinstance(each, str) else None for each in to]
    found = [match for match in matches if match is not None]
    if len(found) < len(matches):
        problems.add(where, to[0] if len(to) == 1 else list(to), _ALLOWED)
        return None
    datasets = {match[1] for match in found}
    if len(datasets) > 1:
        problems.add(where, list(to), "columns of one dataset")
        return None
    return bronze_table(parse_dataset_id(datasets.pop())), [match[2] for match in found]


def _list(value: str | list[str] | None) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [value]
