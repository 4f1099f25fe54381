"""Which columns of a transform's table are personal, because they are made of personal columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from gridata_control.datahub import urns
from gridata_control.datahub.lineage import ColumnSource, Lineage
from gridata_control.datahub.lite_sink import open_lite

if TYPE_CHECKING:
    from datahub.lite.sqlite_lite import SqliteLite

    from gridata_control.settings import Settings

Tags = Mapping[str, str]
"""Column path to `pii` or `pii-derived`."""


def personal_columns(settings: Settings, lineage: Lineage, fresh: Mapping[str, Tags]) -> Tags:
    """Tags that follow from the lineage: a copy of a personal column is `pii`, anything else made of one `pii-derived`.

    Args:
        settings: say where the embedded catalog is, which knows the tags of earlier tables.
        lineage: of the target.
        fresh: tags of tables the same run writes, by URN.
    """
    with open_lite(settings.datahub_dir) as lite:
        known = {urn: fresh.get(urn) or stored_tags(lite, urn) for urn in lineage.upstreams}
    tags = {column: _tag(column, sources, known) for column, sources in lineage.columns.items()}
    return {column: tag for column, tag in tags.items() if tag}


def stored_tags(lite: SqliteLite | None, dataset_urn: str) -> Tags:
    """Personal columns of a dataset as the embedded catalog has them."""
    stored = (lite.get(dataset_urn, ["schemaMetadata"]) or {}).get("schemaMetadata") if lite else None
    fields = stored.get("fields", []) if isinstance(stored, dict) else []
    return {field["fieldPath"]: tag for field in fields if (tag := _strongest(field))}


def _strongest(field: Mapping[str, object]) -> str | None:
    given = field.get("globalTags")
    tags = {tag["tag"] for tag in given["tags"]} if isinstance(given, dict) else set()
    return next((name for name in (urns.PII, urns.PII_DERIVED) if urns.tag(name) in tags), None)


def _tag(column: str, sources: Iterable[ColumnSource], known: Mapping[str, Tags]) -> str | None:
    found = [(source, tag) for source in sources if (tag := _tag_of(source, known.get(source.dataset_urn, {})))]
    if not found:
        return None
    source, tag = found[0]
    copied = len(list(sources)) == 1 and source.column.rpartition(".")[2] == column.rpartition(".")[2]
    return tag if copied else urns.PII_DERIVED


def _tag_of(source: ColumnSource, tags: Tags) -> str | None:
    """The tag of the column, of a struct it is in, or of a field within it."""
    for path, tag in tags.items():
        if path == source.column or path.startswith(f"{source.column}.") or source.column.startswith(f"{path}."):
            return tag
    return None
