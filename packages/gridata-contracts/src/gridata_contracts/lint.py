"""Lint: a contract's own problems, the house's rules and words, and how the contracts of a folder fit together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.errors import ContractError, UsageError
from gridata_contracts.load import load_contract
from gridata_contracts.looked_up import reference_problems
from gridata_contracts.model import Contract
from gridata_contracts.naming import CONTRACT_FILE
from gridata_contracts.policy import Policy, advice
from gridata_contracts.vocabulary import Vocabulary, unknown_words


@dataclass(frozen=True)
class LintReport:
    """Contracts that are correct by themselves, and everything that is wrong with any of them."""

    contracts: tuple[Contract, ...]
    problems: tuple[str, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What the correct contracts promise and nothing here evaluates, each with its place."""
        return tuple(
            f"{contract.path}: {note.source}: {note.text or note.about} (a note, not evaluated)"
            for contract in self.contracts
            for note in contract.notes
        )


def lint(paths: Iterable[Path], policy: Policy, vocabulary: Vocabulary | None = None) -> LintReport:
    """Check contract files, or every contract below a folder; what they refer to in each other is compared, too.

    Raises:
        UsageError: a path is not there, or a folder holds no contract.
    """
    contracts: list[Contract] = []
    problems: list[str] = []
    given = list(paths)
    for path in _documents(given):
        try:
            contract = load_contract(path)
        except ContractError as error:
            problems += error.problems
            continue
        contracts.append(contract)
        problems += advice(contract, policy)
        problems += [] if vocabulary is None else unknown_words(contract, vocabulary)
    catalogue, overlaps = Catalogue.build(contracts)
    unfit = reference_problems(catalogue, [path for path in given if path.is_dir()])
    return LintReport(tuple(contracts), (*problems, *overlaps, *unfit))


def _documents(paths: Iterable[Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            below = sorted(path.rglob(CONTRACT_FILE))
            if not below:
                raise UsageError(f"contracts {path}: got no {CONTRACT_FILE} below it, allowed at least one.")
            found.update(dict.fromkeys(below))
        else:
            found[path] = None
    return list(found)
