"""The words contracts share (`data/vocabulary.yaml`): domains, teams, tags, classifications, each with its meaning."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gridata_contracts.columns import CLASSIFICATIONS, walk
from gridata_contracts.document import read_document
from gridata_contracts.keys import strip_unknown_keys
from gridata_contracts.model import Contract
from gridata_contracts.problems import did_you_mean
from gridata_contracts.suggest import UNASSIGNED
from gridata_contracts.validation import note_validation_error

VOCABULARY_FILE = "data/vocabulary.yaml"
_SHOWN = 12


class Vocabulary(BaseModel):
    """Meaning by word."""

    model_config = ConfigDict(frozen=True)

    domains: dict[str, str]
    teams: dict[str, str]
    tags: dict[str, str] = Field(default_factory=dict)
    classifications: dict[str, str] = Field(default_factory=dict)


def load_vocabulary(path: Path) -> Vocabulary:
    """Read a vocabulary document.

    Raises:
        UsageError: there is no such file.
        ContractError: the document has problems; all of them are listed.
    """
    document = read_document(path)
    problems = document.problems()
    known = strip_unknown_keys(document.data, Vocabulary, "", problems)
    try:
        vocabulary = Vocabulary.model_validate(known, strict=True)
    except ValidationError as error:
        note_validation_error(error, problems)
        problems.raise_if_any()
        raise
    for word in vocabulary.classifications:
        if word not in CLASSIFICATIONS:
            problems.add_choice(f"classifications.{word}", word, CLASSIFICATIONS)
    problems.raise_if_any()
    return vocabulary


def unknown_words(contract: Contract, vocabulary: Vocabulary) -> Iterator[str]:
    """One message per word of the contract that the vocabulary does not have."""
    words = [
        ("domain", contract.id.domain, vocabulary.domains),
        ("team.name", contract.owner, {**vocabulary.teams, UNASSIGNED: ""}),
        *(("tags", tag, vocabulary.tags) for tag in contract.tags),
        *((f"{column.path}.tags", tag, vocabulary.tags) for column in walk(contract.columns) for tag in column.tags),
    ]
    for where, word, known in words:
        if word not in known:
            shown = ", ".join([*list(known)[:_SHOWN], *(["…"] if len(known) > _SHOWN else [])])
            hint = did_you_mean(word, known) or f"If it is a new thing, add it to {VOCABULARY_FILE}."
            yield f"{contract.path}: {where}: got {word!r}, allowed {shown}. {hint}"
