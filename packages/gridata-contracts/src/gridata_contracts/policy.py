"""What every contract of this installation must have, beyond being correct: `policies/contracts/policy.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gridata_contracts.columns import walk
from gridata_contracts.document import read_document
from gridata_contracts.keys import strip_unknown_keys
from gridata_contracts.model import Contract, Severity
from gridata_contracts.suggest import UNASSIGNED
from gridata_contracts.validation import note_validation_error

Advice = tuple[str, str, str, str]
"""Where, what is there, what is allowed, what to do."""


class Policy(BaseModel):
    """Rules of the house for contracts.

    Attributes:
        column_descriptions: every column and nested field says what it is.
        pii_classifications: what a personal column may be classified as.
        table_retention: the contract says how long rows are kept.
        max_table_retention_days_with_pii: upper bound of it where a column is personal; None = no bound.
        primary_key: the dataset has one.
        freshness: the contract promises how fresh its table is.
        min_error_checks: checks of severity error, derived ones included.
    """

    model_config = ConfigDict(frozen=True)

    column_descriptions: bool = True
    pii_classifications: list[Literal["public", "internal", "confidential", "restricted"]] = [
        "confidential",
        "restricted",
    ]
    table_retention: bool = True
    max_table_retention_days_with_pii: int | None = Field(default=None, ge=1)
    primary_key: bool = True
    freshness: bool = False
    min_error_checks: int = Field(default=1, ge=0)


def load_policy(path: Path) -> Policy:
    """Read a policy document.

    Raises:
        UsageError: there is no such file.
        ContractError: the document has problems; all of them are listed.
    """
    document = read_document(path)
    problems = document.problems()
    known = strip_unknown_keys(document.data, Policy, "", problems)
    try:
        policy = Policy.model_validate(known, strict=True)
    except ValidationError as error:
        note_validation_error(error, problems)
        problems.raise_if_any()
        raise
    problems.raise_if_any()
    return policy


def advice(contract: Contract, policy: Policy) -> list[str]:
    """One message per rule of the house that the contract does not keep."""
    found = (*_column_advice(contract, policy), *_dataset_advice(contract, policy))
    return [f"{contract.path}: {where}: got {got}, allowed {allowed}. {hint}" for where, got, allowed, hint in found]


def _column_advice(contract: Contract, policy: Policy) -> Iterator[Advice]:
    for column in walk(contract.columns):
        if policy.column_descriptions and not column.description:
            yield column.path, "no description", "a sentence", "Say what it means, its unit and what null means."
        if column.pii and column.classification not in policy.pii_classifications:
            allowed = " or ".join(policy.pii_classifications)
            yield column.path, f"personal data classified {column.classification}", allowed, "Raise it."


def _dataset_advice(contract: Contract, policy: Policy) -> Iterator[Advice]:
    if contract.owner == UNASSIGNED:
        yield "team.name", UNASSIGNED, "the team that answers for the data", "Name it."
    if policy.primary_key and not contract.primary_key:
        yield "primaryKey", "none", "at least one column", "Without a key silver cannot merge versions of a row."
    if policy.freshness and contract.freshness_s is None:
        yield "slaProperties", "no freshness", "a period", "Add {property: latency, …}."
    errors = sum(check.severity is Severity.ERROR for check in contract.checks)
    if errors < policy.min_error_checks:
        yield "quality", f"{errors} checks", f"at least {policy.min_error_checks} of severity error", "Add some."
    yield from _retention_advice(contract, policy)


def _retention_advice(contract: Contract, policy: Policy) -> Iterator[Advice]:
    days, limit = contract.table_retention_days, policy.max_table_retention_days_with_pii
    if policy.table_retention and days is None:
        yield "slaProperties", "no table retention", "a period", "Add {property: retention, element: table, …}."
    has_pii = any(column.pii for column in walk(contract.columns))
    if limit is not None and has_pii and (days is None or days > limit):
        got = "table retention without end" if days is None else f"table retention of {days} days"
        yield "slaProperties", got, f"at most {limit} days with personal data", "Shorten it."
