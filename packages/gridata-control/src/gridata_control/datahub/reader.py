"""The embedded catalog, read back: datasets, their columns, owners and checks, and the lineage graph."""

from __future__ import annotations

from gridata_control.datahub import client  # noqa: F401 - tames DataHub's client before its first import

# isort: split
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

from gridata_contracts.errors import UsageError
from gridata_contracts.naming import layer_of
from gridata_control.datahub import urns
from gridata_control.datahub.datasets import ROWS_DECIDED_BY
from gridata_control.datahub.graph import Edge, Graph
from gridata_control.datahub.lite_sink import open_lite

if TYPE_CHECKING:
    from datahub.lite.sqlite_lite import SqliteLite

    from gridata_control.settings import Settings

Aspects = Mapping[str, Mapping[str, object]]


@dataclass(frozen=True)
class ColumnEntry:
    """One column. `personal` is `pii`, `pii-derived` or empty."""

    path: str
    type: str
    nullable: bool
    key: bool
    personal: str
    description: str


@dataclass(frozen=True)
class CheckEntry:
    """The newest result of one check; `failed` of `evaluated` rows broke it."""

    check: str
    column: str
    severity: str
    expected: str
    passed: bool
    failed: int
    evaluated: int | None
    at_utc: datetime
    run_id: str


@dataclass(frozen=True)
class Entry:
    """One dataset of the catalog. `rows` and `snapshot_id` are None where there is no snapshot."""

    urn: str
    name: str
    platform: str
    layer: str
    description: str
    owner: str
    domain: str
    tags: tuple[str, ...]
    properties: Mapping[str, str]
    columns: tuple[ColumnEntry, ...]
    checks: tuple[CheckEntry, ...]

    @property
    def rows(self) -> int | None:
        """Rows of the current snapshot."""
        text = self.properties.get("rows")
        return int(text) if text else None

    @property
    def snapshot_id(self) -> int | None:
        """The current snapshot."""
        text = self.properties.get("snapshot_id")
        return int(text) if text else None

    @property
    def personal(self) -> tuple[str, ...]:
        """Paths of columns that are personal or made of personal ones."""
        return tuple(column.path for column in self.columns if column.personal)


class CatalogReader:
    """What the embedded catalog of one home knows."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def entries(self) -> list[Entry]:
        """Every dataset, in the order of the flow: landing, bronze, quarantine, silver, gold, others.

        Raises:
            TransientError: the embedded catalog cannot be read.
        """
        with open_lite(self._settings.datahub_dir) as lite:
            if lite is None:
                return []
            ids = list(lite.list_ids())
            checks = _checks(lite, [urn for urn in ids if urn.startswith("urn:li:assertion:")])
            datasets = [urn for urn in ids if urn.startswith("urn:li:dataset:")]
            found = [_entry(urn, _aspects(lite, urn), checks.get(urn, ())) for urn in datasets]
        return sorted(found, key=lambda entry: (_LAYERS.get(entry.layer, len(_LAYERS)), entry.name))

    def entry(self, name: str) -> Entry:
        """One dataset by table id, landing folder, their last part, or URN.

        Raises:
            UsageError: no dataset, or several, of that name.
        """
        entries = self.entries()
        exact = [one for one in entries if name in (one.name, one.urn)]
        found = exact or [one for one in entries if one.name.replace("/", ".").endswith(f".{name}")]
        if len(found) == 1:
            return found[0]
        names = [one.name for one in entries]
        if found:
            raise UsageError(f"dataset: got {name!r}, allowed one of {', '.join(one.name for one in found)}.")
        near = get_close_matches(name, names, n=1)
        hint = f"Did you mean {near[0]}?" if near else "`gridata catalog ls` lists them."
        raise UsageError(f"dataset: got {name!r}, allowed one of {len(names)} datasets. {hint}")

    def graph(self) -> Graph:
        """All lineage; empty before the first run.

        Raises:
            TransientError: the embedded catalog cannot be read.
        """
        with open_lite(self._settings.datahub_dir) as lite:
            ids = list(lite.list_ids()) if lite else []
            targets = [urn for urn in ids if urn.startswith("urn:li:dataset:")]
            aspects = [(urn, _aspects(lite, urn).get("upstreamLineage", {})) for urn in targets] if lite else []
        return Graph(
            columns=tuple(edge for _, aspect in aspects for edge in _column_edges(aspect)),
            datasets=tuple(
                Edge(str(one["dataset"]), "", urn, "") for urn, aspect in aspects for one in _list(aspect, "upstreams")
            ),
            rows={
                (str(one["dataset"]), urn): text
                for urn, aspect in aspects
                for one in _list(aspect, "upstreams")
                if (text := _text(_map(one, "properties"), ROWS_DECIDED_BY))
            },
        )


_LAYERS = {"landing": 0, "bronze": 1, "quarantine": 2, "silver": 3, "gold": 4}


def _aspects(lite: SqliteLite, urn: str) -> Aspects:
    found = lite.get(urn, None) or {}
    return {name: value for name, value in found.items() if isinstance(value, dict)}


def _entry(urn: str, aspects: Aspects, checks: tuple[CheckEntry, ...]) -> Entry:
    platform, name = urns.dataset_name(urn)
    properties = aspects.get("datasetProperties", {})
    tags = tuple(_tail(one["tag"]) for one in _list(aspects.get("globalTags", {}), "tags"))
    owners = _list(aspects.get("ownership", {}), "owners")
    domains = aspects.get("domains", {}).get("domains")
    layer = layer_of(name) if platform == "iceberg" else "landing"
    return Entry(
        urn=urn,
        name=_text(properties, "qualifiedName") or name,
        platform=platform,
        layer=layer,
        description=_text(properties, "description"),
        owner=", ".join(_tail(one["owner"]) for one in owners),
        domain=_tail(domains[0]) if isinstance(domains, list) and domains else "",
        tags=tags,
        properties={key: str(value) for key, value in _map(properties, "customProperties").items()},
        columns=tuple(_column(one) for one in _list(aspects.get("schemaMetadata", {}), "fields")),
        checks=checks,
    )


def _column(field: Mapping[str, object]) -> ColumnEntry:
    tags = {_tail(one["tag"]) for one in _list(_map(field, "globalTags"), "tags")}
    return ColumnEntry(
        path=_text(field, "fieldPath"),
        type=_text(field, "nativeDataType"),
        nullable=bool(field.get("nullable", True)),
        key=bool(field.get("isPartOfKey", False)),
        personal=next((tag for tag in (urns.PII, urns.PII_DERIVED) if tag in tags), ""),
        description=_text(field, "description"),
    )


def _checks(lite: SqliteLite, assertions: list[str]) -> dict[str, tuple[CheckEntry, ...]]:
    """Newest results by dataset, failed ones first."""
    found: dict[str, list[CheckEntry]] = {}
    for urn in assertions:
        aspects = _aspects(lite, urn)
        info, event = aspects.get("assertionInfo", {}), aspects.get("assertionRunEvent", {})
        if info and event:
            found.setdefault(_text(info, "entityUrn"), []).append(_check(info, event))
    return {urn: tuple(sorted(checks, key=lambda one: (one.passed, one.check))) for urn, checks in found.items()}


def _check(info: Mapping[str, object], event: Mapping[str, object]) -> CheckEntry:
    facts, result = _map(info, "customProperties"), _map(event, "result")
    evaluated = result.get("rowCount")
    return CheckEntry(
        check=_text(facts, "check"),
        column=_text(facts, "column"),
        severity=_text(facts, "severity"),
        expected=_text(_map(info, "customAssertion"), "logic"),
        passed=_text(result, "type") == "SUCCESS",
        failed=int(_text(result, "unexpectedCount") or 0),
        evaluated=evaluated if isinstance(evaluated, int) else None,
        at_utc=datetime.fromtimestamp(int(_text(event, "timestampMillis")) / 1000, UTC),
        run_id=_text(event, "runId"),
    )


def _column_edges(aspect: Mapping[str, object]) -> Iterator[Edge]:
    for one in _list(aspect, "fineGrainedLineages"):
        ups, downs = one.get("upstreams"), one.get("downstreams")
        for up in ups if isinstance(ups, list) else ():
            for down in downs if isinstance(downs, list) else ():
                yield Edge(*urns.column_parts(up), *urns.column_parts(down), _text(one, "transformOperation"))


def _list(aspect: Mapping[str, object], name: str) -> list[dict[str, object]]:
    value = aspect.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _map(aspect: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = aspect.get(name)
    return value if isinstance(value, dict) else {}


def _text(aspect: Mapping[str, object], name: str) -> str:
    value = aspect.get(name)
    return "" if value is None else str(value)


def _tail(urn: object) -> str:
    return str(urn).rpartition(":")[2]
