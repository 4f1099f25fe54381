"""Rules about membership in a list."""

from __future__ import annotations

from collections.abc import Mapping

from gridata_contracts.literals import literal_value
from gridata_contracts.reference.case import Case, Holds, is_among, rank, small
from gridata_contracts.types import List, LogicalType


def _is_listed(case: Case) -> bool:
    if case.argument("ignore_case"):
        return small(case.value) in [small(text) for text in case.argument("values")]
    return is_among(case.value, case.literals())


def _is_pair_in_set(case: Case) -> bool | None:
    column = case.argument("column")
    other = case.look(column)
    pairs = [(case.literal(own), case.literal(its, column)) for own, its in case.argument("pairs")]
    if other is None:
        return None
    return any(is_among(case.value, [own]) and is_among(other, [its]) for own, its in pairs)


def _item_type(case: Case) -> LogicalType:
    assert isinstance(case.kind, List)
    return case.kind.item


def _is_subset_of(case: Case) -> bool:
    wanted = [literal_value(_item_type(case), value) for value in case.argument("values")]
    return all(item is None or is_among(item, wanted) for item in case.value)


def _has_item(case: Case) -> bool:
    wanted = literal_value(_item_type(case), case.argument("value"))
    return any(rank(item) == rank(wanted) for item in case.value)


HOLDS: Mapping[str, Holds] = {
    "is_in_set": _is_listed,
    "is_not_in_set": lambda case: not _is_listed(case),
    "is_pair_in_set": _is_pair_in_set,
    "is_subset_of": _is_subset_of,
    "has_item": _has_item,
}
