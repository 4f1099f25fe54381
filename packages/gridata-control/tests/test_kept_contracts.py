"""The ledger keeps contract documents: a batch can be run under its own, whatever became of the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gridata_contracts.errors import TransientError
from gridata_contracts.load import load_contracts
from gridata_contracts.naming import DatasetId
from gridata_control.batches import BatchLimits
from gridata_control.kept_contracts import keep_contracts, kept_contract
from gridata_control.landing import LocalStore
from gridata_control.ledger import Ledger
from gridata_control.settings import Settings
from gridata_control.sweep import sweep

LIMITS = BatchLimits(10**9, 100)


def test_a_contract_is_read_back_as_it_was_after_its_file_changed(
    ledger: Ledger, orders: DatasetId, shop: Settings, add_contract: Callable[..., Path]
) -> None:
    before = load_contracts(shop.contracts_dir)[orders]
    keep_contracts(ledger, [before])
    path = add_contract("orders")
    path.write_text(path.read_text().replace("version: 1.0.0", "version: 1.0.1"))

    kept = kept_contract(ledger, before.hash)

    assert kept is not None
    assert replace(kept, path=before.path) == before
    assert not kept.path.exists()
    assert load_contracts(shop.contracts_dir)[orders] != before


def test_a_batch_is_never_made_without_its_contract_in_the_ledger(
    store: LocalStore, ledger: Ledger, orders: DatasetId, shop: Settings, tmp_path: Path
) -> None:
    (tmp_path / "a.jsonl").write_text("{}\n")
    store.put("landing/shop/orders/v1/a.jsonl", tmp_path / "a.jsonl")

    [batch] = sweep(store, ledger, load_contracts(shop.contracts_dir), LIMITS).batches

    kept = kept_contract(ledger, batch.contract_hash)
    assert kept is not None
    assert (kept.hash, kept.id) == (batch.contract_hash, orders)


@pytest.mark.parametrize("change", ["edited", "half written", "gone"])
def test_a_document_that_changes_while_a_batch_is_made_is_a_reason_to_try_again(
    ledger: Ledger, orders: DatasetId, shop: Settings, change: str
) -> None:
    contract = load_contracts(shop.contracts_dir)[orders]
    text = contract.path.read_text()
    if change == "gone":
        contract.path.unlink()
    else:
        contract.path.write_text(text.replace("1.0.0", "1.0.1") if change == "edited" else text[:300])

    with pytest.raises(TransientError, match="being changed"):
        keep_contracts(ledger, [contract])
    assert ledger.kept_contracts() == frozenset()


def test_a_hash_nobody_kept_has_no_contract(ledger: Ledger) -> None:
    assert kept_contract(ledger, "f" * 64) is None
