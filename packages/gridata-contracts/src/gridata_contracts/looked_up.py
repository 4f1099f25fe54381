"""Which columns values can be looked up in: asked of contracts when they are linted, and of tables when a job runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from gridata_contracts import types as t
from gridata_contracts.argument_key_relations import PLACES, WHOLE
from gridata_contracts.catalogue import Catalogue
from gridata_contracts.emit.iceberg import bronze_schema
from gridata_contracts.literals import type_word
from gridata_contracts.model import Check, Contract
from gridata_contracts.naming import DatasetId, contract_path, dataset_of_bronze
from gridata_contracts.problems import did_you_mean
from gridata_contracts.rules.keyed import Carried, References, references_with_kinds
from gridata_contracts.sql.paths import columns_by_path

_MOST_DIGITS = 38
FITTING: Mapping[type[t.LogicalType], tuple[str, ...]] = {
    t.String: ("string",),
    t.Boolean: ("boolean",),
    t.Integer: ("int", "long"),
    t.Decimal: ("decimal",),
    t.Date: ("date",),
    t.Timestamp: ("timestamptz",),
}
"""Iceberg types whose values compare with a type's, by their first word; rules that look up take no other types."""


def column_problems(wanted: References, types: Mapping[str, str]) -> Iterator[str]:
    """Why the referenced columns cannot be looked up: `table …: got …, allowed …. <next step>`.

    Args:
        wanted: what is looked up.
        types: Iceberg type by column of the table.
    """
    if wanted.of is not None:
        yield from _carried_problems(wanted, wanted.of, types)
    for i, name in enumerate(wanted.columns):
        if name not in types:
            yield _missing(wanted, name, types, "Mend the `key` of the check, or the `to` of the relationship.")
            continue
        fitting = FITTING[type(wanted.kinds[i])] if wanted.kinds else (types[name],)
        if wanted.kinds and not _digits_fit(types[name], wanted.kinds[i]):
            yield f"table {wanted.table}: {_too_wide(name, types[name], wanted.kinds[i])} Mend the `key` of the check."
        elif types[name].partition("(")[0] not in fitting:
            yield (
                f"table {wanted.table}: got column {name} of type {types[name]}, allowed {' or '.join(fitting)} as the "
                "column that is looked up. Mend the `key` of the check, the `to` of the relationship, or the type of "
                "one of the two columns."
            )


def _carried_problems(wanted: References, of: str, types: Mapping[str, str]) -> Iterator[str]:
    """Why the column that totals or values are taken of does not fit."""
    if of not in types:
        yield _missing(wanted, of, types, "Mend the `of` of the check.")
        return
    kind = types[of].partition("(")[0]
    if wanted.carried is Carried.SUM:
        whole, scale = _digits(types[of])
        fits = kind in ("int", "long", "decimal") and whole <= WHOLE and scale <= PLACES
        allowed = f"whole numbers, or decimals of at most {WHOLE} digits before the point and {PLACES} after it"
    else:
        fitting = (kind,) if wanted.of_kind is None else FITTING[type(wanted.of_kind)]
        fits, allowed = kind in fitting, " or ".join(fitting)
        if wanted.of_kind is not None and fits and not _digits_fit(types[of], wanted.of_kind):
            yield f"table {wanted.table}: {_too_wide(of, types[of], wanted.of_kind)} Mend the `of` of the check."
            return
    if not fits:
        got = f"got column {of} of type {types[of]}, allowed {allowed}"
        yield f"table {wanted.table}: {got}. Mend the `of` of the check."


def _digits(kind: str) -> tuple[int, int]:
    """Digits before and after the point of an Iceberg type; of no decimal none."""
    _, _, digits = kind.partition("(")
    precision, scale = (int(each) for each in digits.rstrip(")").split(",")) if digits else (0, 0)
    return precision - scale, scale


def _digits_fit(kind: str, own: t.LogicalType) -> bool:
    """Engines compare two decimals as one that has the digits of both: there is none of more than 38."""
    if not isinstance(own, t.Decimal) or not kind.startswith("decimal("):
        return True
    whole, scale = _digits(kind)
    return max(whole, own.precision - own.scale) + max(scale, own.scale) <= _MOST_DIGITS


def _too_wide(name: str, kind: str, own: t.LogicalType) -> str:
    return f"got column {name} of type {kind}, allowed digits that with those of {type_word(own)} are at most 38."


def _missing(wanted: References, name: str, types: Mapping[str, str], next_step: str) -> str:
    hint = did_you_mean(name, types)
    allowed = ", ".join(sorted(types))
    return f"table {wanted.table}: got no column {name}, allowed {allowed}. {hint + ' ' if hint else ''}{next_step}"


def reference_problems(catalogue: Catalogue, folders: Collection[Path]) -> list[str]:
    """What contracts refer to and does not fit: one message per column, or per dataset that is not there.

    Args:
        catalogue: contracts that are correct by themselves.
        folders: were linted whole, so that a dataset whose contract would be below them and is not does not exist.
    """
    return [
        f"{contract.path}: {check.source}: {problem}"
        for contract in catalogue.values()
        for check in contract.checks
        for problem in _problems(contract, check, catalogue, folders)
    ]


def _problems(contract: Contract, check: Check, catalogue: Catalogue, folders: Collection[Path]) -> Iterator[str]:
    wanted = references_with_kinds(check, columns_by_path(contract))
    dataset = None if wanted is None else dataset_of_bronze(wanted.table)
    if wanted is None or dataset is None:
        return  # a table that no contract describes
    target = catalogue.get(dataset)
    if target is not None:
        yield from column_problems(wanted, _bronze_types(target))
        return
    place = _place(contract, dataset)
    # A contract that is there and not correct has its own problems told.
    if place is not None and any(place.is_relative_to(each) for each in folders) and not place.exists():
        hint = did_you_mean(str(dataset), map(str, catalogue))
        known = ", ".join(map(str, catalogue))
        yield f"got {dataset}, allowed {known}. {hint + ' ' if hint else ''}Mend the name, or add {place}."


def _bronze_types(contract: Contract) -> dict[str, str]:
    """Iceberg type by column of the bronze table."""
    columns = ((each.name, each.type) for each in bronze_schema(contract).columns)
    return {name: str(kind["type"]) if isinstance(kind, dict) else str(kind) for name, kind in columns}


def _place(contract: Contract, dataset: DatasetId) -> Path | None:
    """Where the dataset's contract would be beside this one; None for a contract outside of such folders."""
    below = contract_path(contract.id)
    if contract.path.parts[-len(below.parts) :] != below.parts:
        return None
    return contract.path.parents[len(below.parts) - 1] / contract_path(dataset)
