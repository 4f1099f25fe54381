"""`gridata replay --rewrite` asks for what can be done, and `gridata status` tells how far it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from gridata_contracts.errors import GridataError, PermanentError, UsageError
from gridata_contracts.load import load_contracts
from gridata_contracts.naming import DatasetId
from gridata_control.cli import cli
from gridata_control.ledger import Asked, Batch, FileOutcome, FileState, LandedFile, Ledger
from gridata_control.rewrite import ask_rewrite
from gridata_control.settings import Settings

Gridata = Callable[..., str]


@pytest.fixture
def gridata(shop: Settings, environment: dict[str, str]) -> Gridata:
    """Runs a command and returns what it printed, or raises what it raised."""

    def run(*arguments: str) -> str:
        env = environment | {"GRIDATA_LEDGER_URL": shop.ledger_url}
        result = CliRunner(env=env).invoke(cli, arguments)
        if isinstance(result.exception, GridataError):
            raise result.exception
        return result.stdout

    return run


@pytest.fixture
def batch(ledger: Ledger, orders: DatasetId, see: Callable[..., list[LandedFile]]) -> Batch:
    return ledger.add_batch(orders, "old hash", see(1), datetime(2026, 1, 2, tzinfo=UTC))


def publish(ledger: Ledger, batch: Batch) -> None:
    outcomes = [FileOutcome(f.file_id, FileState.PUBLISHED, None, 1, 1, 0, None) for f in batch.files]
    ledger.publish(batch.id, outcomes, 1, None, {})


def test_only_a_published_batch_can_be_rewritten_and_only_a_rewrite_has_a_reason(
    gridata: Gridata, batch: Batch
) -> None:
    with pytest.raises(UsageError, match="got READY, allowed PUBLISHED to be rewritten"):
        gridata("replay", batch.id, "--rewrite", "--why", "a wrong rule")
    with pytest.raises(UsageError, match="--why: got a reason without --rewrite"):
        gridata("replay", batch.id, "--why", "a wrong rule")


def test_a_rewrite_is_asked_for_under_the_contract_of_today_whose_document_is_kept(
    ledger: Ledger, batch: Batch, shop: Settings, orders: DatasetId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "anna")
    publish(ledger, batch)
    catalogue = load_contracts(shop.contracts_dir)

    rewrite = ask_rewrite(ledger, catalogue, ledger.batch_record(batch.id), override_gate=False, why="a wrong rule")

    contract_hash = catalogue[orders].hash
    assert rewrite.asked == Asked(contract_hash, override_gate=False, by="anna", why="a wrong rule")
    assert contract_hash in ledger.kept_contracts()


def test_a_half_done_rewrite_is_told_by_status_and_by_a_plain_replay(
    gridata: Gridata, ledger: Ledger, batch: Batch
) -> None:
    publish(ledger, batch)
    asked = ledger.ask_rewrite(batch.id, Asked("corrected", override_gate=False, by="anna", why="a wrong rule"))
    ledger.start_rewrite(batch.id, asked.number)

    with pytest.raises(PermanentError, match="got rewrite 1 half done"):
        gridata("replay", batch.id)
    [told] = json.loads(gridata("status", "--json"))["batches"]
    assert [(each["number"], each["state"], each["by"], each["why"]) for each in told["rewrites"]] == [
        (1, "WRITING", "anna", "a wrong rule")
    ]
    assert "half done" in gridata("status")
