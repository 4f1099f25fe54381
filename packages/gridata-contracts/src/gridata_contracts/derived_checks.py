"""Checks that follow from a property's own keys: required, unique, enum and logicalTypeOptions."""

from __future__ import annotations

from collections.abc import Iterator

from open_data_contract_standard.model import SchemaProperty

from gridata_contracts.columns import Place, Schema
from gridata_contracts.option_checks import option_checks
from gridata_contracts.problems import Problems
from gridata_contracts.wanted import Wanted


def derived_checks(place: Place, item: SchemaProperty, schema: Schema, problems: Problems) -> Iterator[Wanted]:
    """Wanted checks of one place, in the order required, enum, options."""
    if place.required:
        yield Wanted("is_not_null", {}, f"{place.source}.required")
    if item.enum is not None:
        yield Wanted("is_in_set", {"values": [each.value for each in item.enum]}, f"{place.source}.enum")
    yield from option_checks(place, item.logicalTypeOptions or {}, schema, problems)
