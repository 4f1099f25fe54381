"""What a contract says of quality and service in words, or in a way that nothing here evaluates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from open_data_contract_standard.model import DataQuality, OpenDataContractStandard, SchemaObject

from gridata_contracts.columns import Schema
from gridata_contracts.declared_checks import TEXT
from gridata_contracts.model import Note
from gridata_contracts.service_levels import EVALUATED, kind_of


def read_notes(standard: OpenDataContractStandard, table: SchemaObject, schema: Schema, path: str) -> tuple[Note, ...]:
    """Texts under `quality` in the order of the document, then service levels that are promises alone."""
    return (*_texts(table, schema, path), *_promises(standard))


def _texts(table: SchemaObject, schema: Schema, path: str) -> Iterator[Note]:
    yield from _of("", table.quality, path)
    for column, (item, where) in schema.properties.items():
        yield from _of(column, item.quality, where)


def _of(about: str, quality: Sequence[DataQuality] | None, path: str) -> Iterator[Note]:
    for i, item in enumerate(quality or ()):
        if item.type == TEXT:
            yield Note(about, (item.description or "").strip(), f"{path}.quality[{i}]")


def _promises(standard: OpenDataContractStandard) -> Iterator[Note]:
    for i, level in enumerate(standard.slaProperties or ()):
        if level.property and kind_of(level.property) not in EVALUATED:
            said = " ".join(str(each) for each in (level.value, level.unit) if each is not None)
            text = ": ".join(part for part in (level.property, said or level.description) if part)
            yield Note(f"slaProperties.{level.property}", text, f"slaProperties[{i}]")
