"""A first contract for a new dataset, suggested from a sample file. Somebody who knows the data reviews it.

It loads without problems and accepts the sample, but for the few records and values that it names as not fitting. It is
careful not to say more than the sample shows: ranges only keep the sign, sets only where few values repeat often,
patterns only for identifiers that look alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gridata_contracts.errors import UsageError
from gridata_contracts.model import Format
from gridata_contracts.naming import DatasetId
from gridata_contracts.profile import Profile, distinct_texts, infer_type, profile_records, shape, smallest
from gridata_contracts.sample import Sample, read_sample
from gridata_contracts.suggest_notes import is_personal, left_out, misfits, preface
from gridata_contracts.types import (
    Boolean,
    Date,
    Decimal,
    Floating,
    Integer,
    List,
    LogicalType,
    String,
    Struct,
    Timestamp,
)

UNASSIGNED = "unassigned"
"""Owner of a suggested contract; lint asks for a team."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
_IDENTIFIER = re.compile(r"(?:^|_)(?:id|code|key|sku|uuid|number|no|country|currency)$")
_KEY = re.compile(r"(?:^|_)(?:id|uuid|key|number)$")
_CHANGED_AT = re.compile(r"updated|modified|changed|event_(?:ts|time)|timestamp|_at$|_ts$")
_MAX_SET = 12
_MIN_REPEATS = 5

Yaml = dict[str, Any]


@dataclass
class Draft:
    """A contract in the making.

    Attributes:
        document: as it would be written to a file.
        notes: what of the sample did not fit.
    """

    document: Yaml
    notes: list[str]

    def text(self, source: Path, read: Sample) -> str:
        """The document's YAML, with where it comes from and the notes as a comment."""
        written = yaml.safe_dump(self.document, sort_keys=False, allow_unicode=True, width=120)
        return preface(source, read, self.notes) + written


def suggest_contract(sample: Path, dataset: DatasetId) -> str:
    """YAML text of a draft contract for files like the sample.

    Raises:
        UsageError: the sample is not there, empty or cannot be read.
    """
    read = read_sample(sample)
    return draft_contract(read, dataset, sample).text(sample, read)


def draft_contract(read: Sample, dataset: DatasetId, source: Path) -> Draft:
    """A draft contract for files with records like these.

    Raises:
        UsageError: no column has one type.
    """
    root = profile_records(read.records)
    notes: list[str] = []
    properties = list(_properties(root, read, "", notes))
    if not properties:
        raise UsageError(f"sample {source}: got no column of one type, allowed at least one. Take another sample.")
    _mark_key(properties, root, dataset)
    return Draft(_document(dataset, read, properties), notes)


def _document(dataset: DatasetId, read: Sample, properties: list[Yaml]) -> Yaml:
    settings: list[Yaml] = [{"property": "gridata.format", "value": read.format.value}]
    if read.format is Format.CSV and read.delimiter != ",":
        settings.append({"property": "gridata.csv", "value": {"delimiter": read.delimiter}})
    order_by = _order_by(properties)
    if order_by is not None:
        settings.append({"property": "gridata.orderBy", "value": order_by})
    table = {"name": dataset.dataset, "logicalType": "object", "physicalType": "table", "properties": properties}
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": str(dataset),
        "name": dataset.dataset.replace("_", " ").capitalize(),
        "version": f"{dataset.major}.0.0",
        "status": "draft",
        "domain": dataset.domain,
        "description": {"purpose": f"One row is one record of {dataset.dataset}; say what that is and who writes it."},
        "team": {"name": UNASSIGNED},
        "slaProperties": [
            {"property": "retention", "value": days, "unit": "d", "element": element}
            for element, days in (("landing", 90), ("quarantine", 30), ("table", 365))
        ],
        "customProperties": settings,
        "schema": [table],
    }


def _properties(parent: Profile, read: Sample, prefix: str, notes: list[str]) -> Iterator[Yaml]:
    seen: set[str] = set()
    for name, profile in parent.fields.items():
        path = f"{prefix}{name}"
        if not _NAME.fullmatch(name) or name.lower() in seen:
            notes.append(left_out(path, "name"))
            continue
        seen.add(name.lower())
        kind = read.types.get(path) or infer_type(profile, text_only=read.format is Format.CSV)
        if kind is None and not profile.values:
            kind = String()
        notes += [] if kind is None else misfits(profile, kind, path)
        written = None if kind is None else _property(profile, kind, read, path, notes)
        if written is None:
            notes.append(left_out(path, "empty, or values of different types"))
        else:
            yield {"name": name, **written}


def _property(profile: Profile, kind: LogicalType, read: Sample, path: str, notes: list[str]) -> Yaml | None:
    """The property without its name; None when nothing of its inside has a type."""
    written = _typed(profile, kind, read, path, notes)
    if written is None:
        return None
    if profile.always_there:
        written["required"] = True
    if is_personal(profile.name) and isinstance(kind, String | Date):
        written.update(classification="restricted", tags=["pii"])
    written.update(_rules(profile, kind))
    return written


def _typed(profile: Profile, kind: LogicalType, read: Sample, path: str, notes: list[str]) -> Yaml | None:
    match kind:
        case Struct():
            properties = list(_properties(profile, read, f"{path}.", notes))
            return {"logicalType": "object", "properties": properties} if properties else None
        case List(item):
            inner = None if profile.item is None else _typed(profile.item, item, read, f"{path}[*]", notes)
            return None if inner is None else {"logicalType": "array", "items": inner}
        case Integer(bits):
            return {"logicalType": "integer", "physicalType": "int" if bits == 32 else "long"}
        case Decimal(precision, scale):
            return {"logicalType": "number", "physicalType": f"decimal({precision},{scale})"}
        case Floating(bits):
            return {"logicalType": "number", "physicalType": "float" if bits == 32 else "double"}
        case Timestamp(zone):
            options = {"logicalTypeOptions": {"defaultTimezone": zone}} if zone else {}
            return {"logicalType": "timestamp", **options}
        case String() | Boolean() | Date():
            return {"logicalType": type(kind).__name__.lower()}


def _rules(profile: Profile, kind: LogicalType) -> Yaml:
    if isinstance(kind, Integer | Decimal | Floating):
        return {"logicalTypeOptions": {"minimum": 0}} if smallest(profile) >= 0 else {}
    if not isinstance(kind, String) or not profile.values:
        return {}
    texts = distinct_texts(profile)
    pii = is_personal(profile.name)
    repeats_often = len(texts) * _MIN_REPEATS <= len(profile.values)
    if not pii and len(texts) <= _MAX_SET and repeats_often and max(map(len, texts)) <= 40:
        metric = {"metric": "invalidValues", "arguments": {"validValues": texts}, "mustBe": 0}
        return {"quality": [metric]}
    pattern = shape(texts) if _IDENTIFIER.search(profile.name.lower()) and not pii else None
    return {"logicalTypeOptions": {"pattern": pattern}} if pattern is not None else {}


def _mark_key(properties: list[Yaml], root: Profile, dataset: DatasetId) -> None:
    """The first column that looks like a key and has a different value in every record."""
    own = dataset.dataset.removesuffix("s") + "_id"
    candidates = [each for each in properties if _KEY.search(each["name"].lower()) and each.get("required")]
    for each in sorted(candidates, key=lambda column: column["name"].lower() not in (own, "id")):
        values = root.fields[each["name"]].values
        if each["logicalType"] in ("string", "integer") and len(set(values)) == len(values):
            each.update(primaryKey=True, primaryKeyPosition=1)
            return


def _order_by(properties: list[Yaml]) -> str | None:
    """The required timestamp whose name says it is of the last change."""
    times = [each["name"] for each in properties if each["logicalType"] == "timestamp" and each.get("required")]
    for word in ("updated", "modified", "changed", ""):
        for name in times:
            if word in name.lower() and _CHANGED_AT.search(name.lower()):
                return str(name)
    return None
