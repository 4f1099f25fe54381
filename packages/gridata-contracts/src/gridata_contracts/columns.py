"""From the schema's properties to our columns, and from paths back to columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from open_data_contract_standard.model import SchemaProperty

from gridata_contracts.column_types import scalar_type
from gridata_contracts.custom_properties import COLUMN_SETTINGS, read_settings
from gridata_contracts.model import Column
from gridata_contracts.problems import Absent, Problems, did_you_mean
from gridata_contracts.types import Field, List, LogicalType, Struct

ITEM = "[*]"
"""Stands for every item of an array in a column path."""

CLASSIFICATIONS = ("public", "internal", "confidential", "restricted")
_PII_WORD = "pii"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")


@dataclass(frozen=True)
class Place:
    """One value a rule can stand on.

    Attributes:
        path: dotted column path; `tags[*]` is one item of an array of scalars.
        scope: paths of the arrays around it, outermost first: `("items",)` for `items[*].price`.
        source: path in the document, such as `schema[0].properties[3]`.
    """

    path: str
    type: LogicalType
    scope: tuple[str, ...]
    source: str
    required: bool = False
    pii: bool = False


@dataclass
class Schema:
    """Columns of a contract together with every place by its path.

    Attributes:
        properties: by column path, the property as written and its path in the document.
    """

    columns: tuple[Column, ...] = ()
    places: dict[str, Place] = field(default_factory=dict)
    properties: dict[str, tuple[SchemaProperty, str]] = field(default_factory=dict)

    def find(self, path: object, where: str, problems: Problems) -> Place | None:
        """The place at `path`; a path that is not there is noted with the closest one."""
        if isinstance(path, str) and path in self.places:
            return self.places[path]
        if isinstance(path, str) and path in self.properties:
            return None  # what is wrong with that column was noted
        hint = did_you_mean(path, self.places) or f"Columns are {', '.join(list(self.places)[:8])}, …"
        problems.add(where, path, "the path of a column of this contract", hint)
        return None


@dataclass(frozen=True)
class _Parent:
    """What a property inherits from the one around it."""

    prefix: str = ""
    pii: bool = False
    classification: str = "internal"


def read_schema(properties: Sequence[SchemaProperty] | None, path: str, problems: Problems) -> Schema:
    """All columns of the one schema object; problems are noted, broken columns left out."""
    schema = Schema()
    if not properties:
        problems.add(f"{path}.properties", Absent, "at least one column")
        return schema
    schema.columns = _read_fields(properties, f"{path}.properties", _Parent(), schema, problems)
    schema.places = {place.path: place for place in _places(schema.columns, (), schema)}
    return schema


def walk(columns: Sequence[Column]) -> Iterator[Column]:
    """Every column and nested field, parents first."""
    for column in columns:
        yield column
        yield from walk(column.children)


def _read_fields(
    properties: Sequence[SchemaProperty], path: str, parent: _Parent, schema: Schema, problems: Problems
) -> tuple[Column, ...]:
    seen: dict[str, str] = {}
    columns = []
    for i, item in enumerate(properties):
        where = f"{path}[{i}]"
        if not _name_is_good(item, where, seen, problems):
            continue
        column = _read_column(item, where, parent, schema, problems)
        if column is not None:
            columns.append(column)
    return tuple(columns)


def _name_is_good(item: SchemaProperty, where: str, seen: dict[str, str], problems: Problems) -> bool:
    name = item.name or ""
    if not _NAME.fullmatch(name):
        hint = "Names that start with _ are the platform's own." if name.startswith("_") else ""
        problems.add(f"{where}.name", name or Absent, "a letter, then letters, digits and _ (at most 128)", hint)
        return False
    if name.lower() in seen:
        problems.add(
            f"{where}.name", name, "names that differ in more than case", f"It is also {seen[name.lower()]}.name."
        )
        return False
    seen[name.lower()] = where
    if item.physicalName not in (None, name):
        problems.add(f"{where}.physicalName", item.physicalName, "the name itself", "Renaming is not supported.")
    return True


def _read_column(
    item: SchemaProperty, where: str, parent: _Parent, schema: Schema, problems: Problems
) -> Column | None:
    path = parent.prefix + str(item.name)
    pii, classification = _privacy(item, where, parent, problems)
    required = bool(item.required or item.primaryKey)
    schema.properties[path] = (item, where)
    own = _Parent(path, pii, classification)
    kind, children = _read_type(item, where, own, schema, problems)
    if kind is None:
        return None
    return Column(
        name=str(item.name),
        path=path,
        type=kind,
        required=required,
        primary_key=bool(item.primaryKey),
        pii=pii,
        classification=classification,
        description=(item.description or "").strip(),
        tags=tuple(item.tags or ()),
        children=children,
    )


def _read_type(
    item: SchemaProperty, where: str, own: _Parent, schema: Schema, problems: Problems
) -> tuple[LogicalType | None, tuple[Column, ...]]:
    """Logical type and child columns of a property whose path is `own.prefix`."""
    _refuse_misplaced(item, where, problems)
    if item.logicalType == "object":
        return _read_struct(item, where, own, schema, problems)
    if item.logicalType == "array":
        return _read_list(item, where, own, schema, problems)
    settings = read_settings(item.customProperties, COLUMN_SETTINGS, where, problems)
    return scalar_type(item, settings, where, problems), ()


def _refuse_misplaced(item: SchemaProperty, where: str, problems: Problems) -> None:
    for key, owner in (("properties", "object"), ("items", "array")):
        if getattr(item, key) is not None and item.logicalType != owner:
            problems.add(f"{where}.{key}", item.logicalType, f"{key} only with logicalType {owner}", f"Use {owner}.")
    if item.partitioned:
        problems.add(f"{where}.partitioned", True, "false", "Tables are partitioned by the day of ingestion.")


def _read_struct(
    item: SchemaProperty, where: str, own: _Parent, schema: Schema, problems: Problems
) -> tuple[LogicalType | None, tuple[Column, ...]]:
    if not item.properties:
        problems.add(f"{where}.properties", Absent, "at least one field")
        return None, ()
    inside = _Parent(f"{own.prefix}.", own.pii, own.classification)
    children = _read_fields(item.properties, f"{where}.properties", inside, schema, problems)
    return Struct(tuple(Field(child.name, child.type) for child in children)), children


def _read_list(
    item: SchemaProperty, where: str, own: _Parent, schema: Schema, problems: Problems
) -> tuple[LogicalType | None, tuple[Column, ...]]:
    if item.items is None:
        problems.add(f"{where}.items", Absent, "the type of one item")
        return None, ()
    inside = _Parent(own.prefix + ITEM, own.pii, own.classification)
    schema.properties[inside.prefix] = (item.items, f"{where}.items")
    kind, children = _read_type(item.items, f"{where}.items", inside, schema, problems)
    return (None, ()) if kind is None else (List(kind), children)


def _places(columns: Sequence[Column], scope: tuple[str, ...], schema: Schema) -> Iterator[Place]:
    """Parents before children; items of an array before their fields."""
    for column in columns:
        kind, path, inner = column.type, column.path, scope
        yield Place(path, kind, scope, schema.properties[path][1], column.required, column.pii)
        while isinstance(kind, List):
            kind, path, inner = kind.item, path + ITEM, (*inner, path)
            item, where = schema.properties[path]
            yield Place(path, kind, inner, where, bool(item.required), column.pii)
        yield from _places(column.children, inner, schema)


def _privacy(item: SchemaProperty, where: str, parent: _Parent, problems: Problems) -> tuple[bool, str]:
    """Whether the value is personal, and its classification; both are inherited by nested fields.

    An array is as private as its items are said to be: there is one column for both.
    """
    pii, word = _own_privacy(item, where, problems)
    pii = pii or parent.pii
    inner, place = item.items, f"{where}.items"
    while inner is not None:
        inner_pii, inner_word = _own_privacy(inner, place, problems)
        pii, word = pii or inner_pii, max(word, inner_word, key=_rank)
        inner, place = inner.items, f"{place}.items"
    if word in CLASSIFICATIONS:
        return pii, word
    return pii, "confidential" if pii else parent.classification


def _own_privacy(item: SchemaProperty, where: str, problems: Problems) -> tuple[bool, str | None]:
    """What one property says itself; no word when it says none of ours."""
    settings = read_settings(item.customProperties, COLUMN_SETTINGS, where, Problems(problems.file))
    word = (item.classification or "").lower()
    tagged = _PII_WORD in {tag.lower() for tag in item.tags or ()}
    if word and word not in (*CLASSIFICATIONS, _PII_WORD):
        problems.add_choice(f"{where}.classification", item.classification, CLASSIFICATIONS)
    pii = tagged or settings.get("pii") is True or word == _PII_WORD
    return pii, word if word in CLASSIFICATIONS else None


def _rank(word: str | None) -> int:
    return CLASSIFICATIONS.index(word) if word is not None else -1
