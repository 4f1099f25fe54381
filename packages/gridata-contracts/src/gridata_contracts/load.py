"""Reads a contract: one document in, one proven Contract out, or all of its problems at once.

The document follows the Open Data Contract Standard v3.1+; ours goes in `customProperties` named `gridata.*` and in
`quality` entries with `engine: gridata`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject, Team
from pydantic import ValidationError

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.checks import read_checks
from gridata_contracts.columns import Schema, read_schema
from gridata_contracts.custom_properties import CONTRACT_SETTINGS, FREE_PREFIX, read_bytes_size, read_settings
from gridata_contracts.document import Document, read_document
from gridata_contracts.errors import ContractError, UsageError
from gridata_contracts.keys import strip_unknown_keys
from gridata_contracts.landing import read_landing
from gridata_contracts.model import Contract, JsonValue, UnknownFields
from gridata_contracts.naming import CONTRACT_FILE, DatasetId, contract_path, parse_dataset_id
from gridata_contracts.notes import read_notes
from gridata_contracts.problems import Absent, Problems
from gridata_contracts.service_levels import read_service_levels
from gridata_contracts.types import Date, Decimal, Integer, List, String, Struct, Timestamp
from gridata_contracts.validation import note_validation_error
from gridata_contracts.words import words_of

API_VERSIONS = ("v3.1.0", "v3.2.0")
STATUSES = ("proposed", "draft", "active", "deprecated", "retired")
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")


def load_contract(path: Path) -> Contract:
    """Read and prove one contract.

    Raises:
        UsageError: there is no such file.
        ContractError: the document has problems; all of them are listed.
    """
    document = read_document(path)
    problems = document.problems()
    standard = _read_standard(document, problems)
    contract = _read_contract(standard, document, problems)
    problems.raise_if_any()
    return contract


def load_contracts(directory: Path) -> Catalogue:
    """Read every `<domain>/<dataset>/v<N>/contract.odcs.yaml` below a folder.

    Raises:
        UsageError: there is no such folder.
        ContractError: problems of all contracts together, and of how they fit together.
    """
    if not directory.is_dir():
        raise UsageError(f"contracts {directory}: got no such folder, allowed data/contracts. Set GRIDATA_CONTRACTS.")
    contracts, messages = [], []
    for path in sorted(directory.rglob(CONTRACT_FILE)):
        try:
            contracts.append(load_contract(path))
        except ContractError as error:
            messages += error.problems
    messages += _misplaced(directory, contracts)
    catalogue, overlaps = Catalogue.build(contracts)
    if messages or overlaps:
        raise ContractError([*messages, *overlaps])
    return catalogue


def contract_hash(data: JsonValue) -> str:
    """sha256 of the document as canonical JSON: comments, order of keys and layout do not count."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _misplaced(directory: Path, contracts: Sequence[Contract]) -> list[str]:
    return [
        f"{contract.path}: id: got {contract.id}, allowed the dataset of its folder. "
        f"Move the file to {directory / contract_path(contract.id)}."
        for contract in contracts
        if contract.path != directory / contract_path(contract.id)
    ]


def _read_standard(document: Document, problems: Problems) -> OpenDataContractStandard:
    """The document as the standard's own model.

    Raises:
        ContractError: some value is not of the standard's type, so nothing else can be read.
    """
    known = strip_unknown_keys(document.data, OpenDataContractStandard, "", problems)
    try:
        return OpenDataContractStandard.model_validate(known, strict=True)
    except ValidationError as error:
        note_validation_error(error, problems)
        problems.raise_if_any()
        raise


def _read_contract(standard: OpenDataContractStandard, document: Document, problems: Problems) -> Contract:
    dataset = _identity(standard, problems)
    table, where = _only_schema(standard, problems)
    settings = read_settings(standard.customProperties, CONTRACT_SETTINGS, "", problems)
    schema = read_schema(table.properties, where, problems)
    primary_key = _primary_key(schema, where, problems)
    landing = read_landing(settings, schema, problems)
    levels = read_service_levels(standard.slaProperties, schema, table.name or "", problems)
    threshold = read_bytes_size(settings.get("laneThreshold", "16GiB"))
    if threshold is None:
        problems.add("customProperties.laneThreshold", settings["laneThreshold"], "a size such as 16GiB")
    return Contract(
        id=dataset,
        version=standard.version or "",
        status=_choice("status", standard.status, STATUSES, problems),
        title=standard.name or dataset.dataset,
        description=_description(standard, problems),
        owner=_owner(standard, problems),
        columns=schema.columns,
        checks=read_checks(schema, table, primary_key, levels.checks, where, problems),
        primary_key=primary_key,
        landing=landing,
        hash=contract_hash(document.data),
        path=document.path,
        order_by=_order_by(settings.get("orderBy"), schema, problems),
        unknown_fields=UnknownFields(cast(str, settings.get("unknownFields", "keep"))),
        landing_retention_days=levels.landing_retention_days,
        quarantine_retention_days=levels.quarantine_retention_days,
        table_retention_days=levels.table_retention_days,
        freshness_s=levels.freshness_s,
        lane=cast(str, settings.get("lane", "auto")),
        lane_threshold_bytes=threshold or 0,
        compute_profile=cast(str, settings.get("computeProfile", "small")),
        tags=tuple(standard.tags or ()),
        notes=read_notes(standard, table, schema, where),
        extra={name: value for name, value in settings.items() if name.startswith(FREE_PREFIX)},
        words=words_of(document.data),
    )


def _identity(standard: OpenDataContractStandard, problems: Problems) -> DatasetId:
    """The dataset id, with domain, schema name and version in agreement with it."""
    _choice("apiVersion", standard.apiVersion, API_VERSIONS, problems)
    _choice("kind", standard.kind, ("DataContract",), problems)
    version = _VERSION.fullmatch(standard.version or "")
    if version is None:
        problems.add("version", standard.version or Absent, "a semantic version such as 1.0.0")
    try:
        dataset = parse_dataset_id(standard.id or "")
    except UsageError:
        problems.add("id", standard.id or Absent, "<domain>.<dataset>.v<N> such as ecommerce.orders.v1")
        return DatasetId("unknown", "unknown", 1)
    if standard.domain not in (None, dataset.domain):
        problems.add("domain", standard.domain, f"{dataset.domain}, as in the id")
    if version is not None and int(version[1]) != dataset.major:
        problems.add("version", standard.version, f"{dataset.major}.x.y, as the id says v{dataset.major}")
    name = (standard.schema_ or [SchemaObject()])[0].name
    if standard.schema_ and name != dataset.dataset:
        problems.add("schema[0].name", name or Absent, f"{dataset.dataset}, as in the id")
    return dataset


def _only_schema(standard: OpenDataContractStandard, problems: Problems) -> tuple[SchemaObject, str]:
    objects = standard.schema_ or []
    if len(objects) != 1:
        problems.add("schema", f"{len(objects)} objects", "exactly one object", "One contract describes one dataset.")
    return (objects or [SchemaObject()])[0], "schema[0]"


def _choice(path: str, value: str | None, choices: Sequence[str], problems: Problems) -> str:
    if value not in choices:
        problems.add_choice(path, value or Absent, choices)
    return value or ""


def _description(standard: OpenDataContractStandard, problems: Problems) -> str:
    text = standard.description.purpose if standard.description is not None else None
    if not (text or "").strip():
        problems.add("description.purpose", text or Absent, "a sentence", "Say what one row is and who writes it.")
    return (text or "").strip()


def _owner(standard: OpenDataContractStandard, problems: Problems) -> str:
    """The team's name, or the member whose role is owner."""
    team = standard.team
    members = team.members or [] if isinstance(team, Team) else team or []
    owners = [member.username for member in members if (member.role or "").lower() == "owner" and member.username]
    name = (team.name if isinstance(team, Team) else None) or (owners[0] if owners else None)
    if not name:
        problems.add("team.name", Absent, "the team that answers for the data", "Add team: {name: …}.")
    return name or ""


def _primary_key(schema: Schema, where: str, problems: Problems) -> tuple[str, ...]:
    """Key columns by primaryKeyPosition; they are top-level and have exact scalar types."""
    keys: list[tuple[int, str]] = []
    top_level = {column.path for column in schema.columns}
    for path, (item, at) in schema.properties.items():
        place = schema.places.get(path)
        if not item.primaryKey or place is None:
            continue
        if path not in top_level:
            problems.add(f"{at}.primaryKey", path, "top-level columns only")
        elif not isinstance(place.type, String | Integer | Decimal | Date | Timestamp):
            problems.add(f"{at}.primaryKey", path, "text, whole numbers, decimals, dates or timestamps")
        else:
            keys.append((item.primaryKeyPosition or 1, path))
    positions = sorted(position for position, _ in keys)
    if keys and positions != list(range(1, len(keys) + 1)):
        problems.add(f"{where}.properties", positions, f"primaryKeyPosition 1 to {len(keys)}, each once")
    return tuple(path for _, path in sorted(keys))


def _order_by(value: JsonValue, schema: Schema, problems: Problems) -> str | None:
    if value is None:
        return None
    place = schema.find(value, "customProperties.gridata.orderBy", problems)
    if place is None:
        return None
    if place.scope or "." in place.path or isinstance(place.type, Struct | List):
        problems.add("customProperties.gridata.orderBy", value, "a top-level column that can be ordered")
        return None
    return place.path
