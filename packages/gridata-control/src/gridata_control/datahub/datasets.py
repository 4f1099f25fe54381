"""Dataset facts and lineage as DataHub aspects."""

from __future__ import annotations

from gridata_control.datahub import client  # noqa: F401 - tames DataHub's client before its first import

# isort: split
from collections.abc import Iterator

from datahub.emitter.mcp import MetadataChangeProposalWrapper as Proposal
from datahub.metadata import schema_classes as dh

from gridata_control.datahub import urns
from gridata_control.datahub.facts import DatasetFacts, FieldFacts
from gridata_control.datahub.lineage import Lineage

ROWS_DECIDED_BY = "rows decided by"
"""Key of an upstream's property: its columns that decide which rows exist."""

_KINDS: dict[str, type] = {
    "string": dh.StringTypeClass,
    "number": dh.NumberTypeClass,
    "boolean": dh.BooleanTypeClass,
    "date": dh.DateTypeClass,
    "time": dh.TimeTypeClass,
    "record": dh.RecordTypeClass,
    "array": dh.ArrayTypeClass,
}
_TAGS = {
    urns.PII: "Personal data: masked in messages and quarantine, without statistics in manifests.",
    urns.PII_DERIVED: "Computed from personal data. A person decides whether it still is.",
}


def dataset_proposals(facts: DatasetFacts) -> Iterator[Proposal]:
    """Schema, properties, owner, tags, domain of one dataset, and the entities these name."""
    platform, _ = urns.dataset_name(facts.urn)
    aspects: list[dh._Aspect] = [
        dh.StatusClass(removed=False),
        dh.SubTypesClass(typeNames=[facts.subtype]),
        _properties(facts),
        dh.SchemaMetadataClass(
            schemaName=facts.name,
            platform=urns.platform(platform),
            version=0,
            hash="",
            platformSchema=dh.OtherSchemaClass(rawSchema=""),
            fields=[_field(fact) for fact in facts.fields],
        ),
        dh.GlobalTagsClass(tags=[_tag(name) for name in sorted({facts.layer, *facts.tags, *_personal(facts)})]),
    ]
    if facts.owner:
        owner = dh.OwnerClass(owner=urns.owner(facts.owner), type=dh.OwnershipTypeClass.TECHNICAL_OWNER)
        aspects.append(dh.OwnershipClass(owners=[owner]))
    if facts.domain:
        aspects.append(dh.DomainsClass(domains=[urns.domain(facts.domain)]))
    yield from Proposal.construct_many(facts.urn, aspects)
    yield from _named(facts)


def lineage_proposal(lineage: Lineage) -> Proposal:
    """Upstream datasets of one target, with the columns each output column is made of."""
    upstreams = [
        dh.UpstreamClass(
            dataset=urn,
            type=dh.DatasetLineageTypeClass.TRANSFORMED,
            properties=_rows_decided_by(urn, lineage),
        )
        for urn in lineage.upstreams
    ]
    columns = [
        dh.FineGrainedLineageClass(
            upstreamType=dh.FineGrainedLineageUpstreamTypeClass.FIELD_SET,
            upstreams=[urns.column(source.dataset_urn, source.column) for source in sources],
            downstreamType=dh.FineGrainedLineageDownstreamTypeClass.FIELD,
            downstreams=[urns.column(lineage.target_urn, column)],
            transformOperation=lineage.transform,
        )
        for column, sources in lineage.columns.items()
        if sources
    ]
    aspect = dh.UpstreamLineageClass(upstreams=upstreams, fineGrainedLineages=columns)
    return Proposal(entityUrn=lineage.target_urn, aspect=aspect)


def _rows_decided_by(urn: str, lineage: Lineage) -> dict[str, str] | None:
    columns = [source.column for source in lineage.rows if source.dataset_urn == urn]
    return {ROWS_DECIDED_BY: ", ".join(columns)} if columns else None


def _properties(facts: DatasetFacts) -> dh.DatasetPropertiesClass:
    return dh.DatasetPropertiesClass(
        name=facts.name,
        qualifiedName=facts.name,
        description=facts.description or None,
        customProperties=dict(facts.properties),
        lastModified=dh.TimeStampClass(time=facts.modified_ms) if facts.modified_ms else None,
    )


def _field(fact: FieldFacts) -> dh.SchemaFieldClass:
    return dh.SchemaFieldClass(
        fieldPath=fact.path,
        type=dh.SchemaFieldDataTypeClass(type=_KINDS[fact.kind]()),
        nativeDataType=fact.native_type,
        nullable=fact.nullable,
        description=fact.description or None,
        isPartOfKey=fact.key,
        isPartitioningKey=fact.partition,
        globalTags=dh.GlobalTagsClass(tags=[_tag(name) for name in fact.tags]) if fact.tags else None,
    )


def _personal(facts: DatasetFacts) -> set[str]:
    """A dataset with a personal column is tagged as a whole, so that a search by tag finds it."""
    return {name for fact in facts.fields for name in fact.tags if name in _TAGS}


def _tag(name: str) -> dh.TagAssociationClass:
    return dh.TagAssociationClass(tag=urns.tag(name))


def _named(facts: DatasetFacts) -> Iterator[Proposal]:
    """The tags, the domain and the owner that the dataset names, so that DataHub shows words instead of URNs."""
    names = {facts.layer, *facts.tags, *(name for fact in facts.fields for name in fact.tags)}
    for name in sorted(names):
        yield Proposal(entityUrn=urns.tag(name), aspect=dh.TagPropertiesClass(name=name, description=_TAGS.get(name)))
    if facts.domain:
        yield Proposal(entityUrn=urns.domain(facts.domain), aspect=dh.DomainPropertiesClass(name=facts.domain))
    if facts.owner and "@" in facts.owner:
        person = dh.CorpUserInfoClass(active=True, displayName=facts.owner, email=facts.owner)
        yield Proposal(entityUrn=urns.owner(facts.owner), aspect=person)
    elif facts.owner:
        group = dh.CorpGroupInfoClass(admins=[], members=[], groups=[], displayName=facts.owner)
        yield Proposal(entityUrn=urns.owner(facts.owner), aspect=group)
