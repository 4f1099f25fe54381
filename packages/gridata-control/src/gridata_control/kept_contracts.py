"""Contract documents in the ledger, so that a batch can be run under its own contract whatever became of the file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from gridata_contracts.errors import ContractError, TransientError, UsageError
from gridata_contracts.load import load_contract
from gridata_contracts.model import Contract
from gridata_contracts.naming import CONTRACT_FILE
from gridata_control.ledger import Ledger


def keep_contracts(ledger: Ledger, contracts: Iterable[Contract]) -> None:
    """Keep the documents of these contracts; called before a batch is made under one of them.

    Raises:
        TransientError: a document was changed after it was loaded; the next try loads it as it is now.
    """
    kept = ledger.kept_contracts()
    for contract in contracts:
        if contract.hash not in kept:
            ledger.keep_contract(contract.hash, contract.id, _document(contract))


def kept_contract(ledger: Ledger, contract_hash: str) -> Contract | None:
    """The contract of this hash as it was; None when no batch was made under it since documents are kept.

    Its `path` names no file: the document is in the ledger.

    Raises:
        ContractError: this version of Gridata does not take the document any more.
    """
    document = ledger.contract_document(contract_hash)
    return None if document is None else _load(document, contract_hash)


def _document(contract: Contract) -> str:
    """The text the contract was loaded from."""
    try:
        text = contract.path.read_bytes().decode("utf-8-sig")
        same = _load(text, contract.hash).hash == contract.hash
    except (OSError, UnicodeDecodeError, ContractError, UsageError):
        same = False
    if not same:
        raise TransientError(f"contract {contract.path}: got a document that is being changed. Try again.")
    return text


def _load(document: str, contract_hash: str) -> Contract:
    with tempfile.TemporaryDirectory(prefix="gridata-contract-") as folder:
        path = Path(folder) / CONTRACT_FILE
        path.write_text(document, encoding="utf-8", newline="")
        return replace(load_contract(path), path=Path(f"{contract_hash}.{CONTRACT_FILE}"))
