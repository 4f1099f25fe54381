"""A published batch gets another publication in the ledger: asked for, begun, done, with what was before kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from gridata_contracts.errors import PermanentError, UsageError
from gridata_contracts.naming import DatasetId
from gridata_contracts.reasons import ReasonCode
from gridata_control.ledger import (
    Asked,
    Batch,
    BatchState,
    FileOutcome,
    FileState,
    LandedFile,
    Ledger,
    Publication,
    RewriteState,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ASKED = Asked("new hash", override_gate=False, by="anna", why="the rule was wrong")


def outcomes(batch: Batch, valid: int) -> list[FileOutcome]:
    return [FileOutcome(f.file_id, FileState.PUBLISHED, None, 3, valid, 3 - valid, "c" * 64) for f in batch.files]


def words(batch: Batch, valid: int = 3) -> Publication:
    return Publication(outcomes(batch, valid), 7, 8, {"run": 2})


@pytest.fixture
def batch(ledger: Ledger, orders: DatasetId, see: Callable[..., list[LandedFile]]) -> Batch:
    """Published with one of three rows valid in each of two files."""
    made = ledger.add_batch(orders, "old hash", see(2), NOW)
    ledger.publish(made.id, outcomes(made, 1), 1, 2, {"run": 1})
    return made


def test_a_finished_rewrite_is_the_publication_and_keeps_the_one_before(
    ledger: Ledger, batch: Batch, orders: DatasetId
) -> None:
    first = ledger.batch_record(batch.id)
    asked = ledger.ask_rewrite(batch.id, ASKED)
    ledger.start_rewrite(batch.id, asked.number)
    ledger.finish_rewrite(batch.id, asked.number, words(batch), "run 2")

    record, [done] = ledger.batch_record(batch.id), ledger.rewrites(batch.id)
    assert (record.state, record.batch.contract_hash) == (BatchState.PUBLISHED, "new hash")
    assert (record.rewrite, record.rewriting) == (1, None)
    assert (record.bronze_snapshot_id, record.quarantine_snapshot_id, record.report) == (7, 8, {"run": 2})
    assert {(f.n_valid, f.n_rejected) for f in ledger.files(batch_id=batch.id)} == {(3, 0)}
    assert (done.state, done.asked, done.run_id) == (RewriteState.DONE, ASKED, "run 2")
    before: dict[str, Any] = dict(done.before or {})
    assert (before["contract_hash"], before["report"]) == ("old hash", {"run": 1})
    assert first.published_at_utc is not None
    assert before["published_at_utc"] == first.published_at_utc.isoformat()
    assert [(f["n_valid"], f["n_rejected"]) for f in before["files"]] == [(1, 2), (1, 2)]
    assert [each.version for each in ledger.published_batches(orders)] == [f"{batch.id}~1"]


def test_a_rewrite_that_is_under_way_is_not_yet_what_transforms_see(
    ledger: Ledger, batch: Batch, orders: DatasetId
) -> None:
    ledger.start_rewrite(batch.id, ledger.ask_rewrite(batch.id, ASKED).number)

    assert ledger.batch_record(batch.id).rewrites_begun == 1
    assert [each.version for each in ledger.published_batches(orders)] == [batch.id]
    assert {f.n_valid for f in ledger.files(batch_id=batch.id)} == {1}


def test_a_half_done_rewrite_is_what_whoever_asks_next_gets(ledger: Ledger, batch: Batch) -> None:
    ledger.start_rewrite(batch.id, ledger.ask_rewrite(batch.id, ASKED).number)

    again = ledger.ask_rewrite(batch.id, Asked("third hash", override_gate=True, by="bob", why=None))

    assert (again.number, again.asked, again.state) == (1, ASKED, RewriteState.WRITING)


def test_a_rewrite_that_waits_gives_way_to_one_under_another_contract(ledger: Ledger, batch: Batch) -> None:
    assert ledger.ask_rewrite(batch.id, ASKED).number == ledger.ask_rewrite(batch.id, ASKED).number == 1
    later = ledger.ask_rewrite(batch.id, Asked("third hash", override_gate=False, by="bob", why=None))

    assert later.number == 2
    with pytest.raises(PermanentError, match="rewrite 1, which is ABANDONED"):
        ledger.start_rewrite(batch.id, 1)


def test_an_abandoned_rewrite_leaves_the_publication_and_a_begun_one_cannot_be_abandoned(
    ledger: Ledger, batch: Batch
) -> None:
    before = ledger.batch_record(batch.id)
    ledger.abandon_rewrite(batch.id, ledger.ask_rewrite(batch.id, ASKED).number, "gate closed")

    [abandoned] = ledger.rewrites(batch.id)
    assert (abandoned.state, abandoned.error) == (RewriteState.ABANDONED, "gate closed")
    assert ledger.batch_record(batch.id) == before

    ledger.start_rewrite(batch.id, ledger.ask_rewrite(batch.id, ASKED).number)
    ledger.abandon_rewrite(batch.id, 2, "gate closed")
    assert ledger.rewrite(batch.id, 2).state is RewriteState.WRITING


def test_finishing_the_same_again_changes_nothing_and_other_outcomes_are_refused(ledger: Ledger, batch: Batch) -> None:
    ledger.start_rewrite(batch.id, ledger.ask_rewrite(batch.id, ASKED).number)
    ledger.finish_rewrite(batch.id, 1, words(batch), "run 2")
    before = ledger.batch_record(batch.id), ledger.rewrites(batch.id)

    ledger.start_rewrite(batch.id, 1)
    ledger.finish_rewrite(batch.id, 1, words(batch), "run 3")

    assert (ledger.batch_record(batch.id), ledger.rewrites(batch.id)) == before
    with pytest.raises(PermanentError, match="as published"):
        ledger.finish_rewrite(batch.id, 1, words(batch, valid=2), "run 3")


def test_a_run_of_an_earlier_rewrite_cannot_end_a_later_one(ledger: Ledger, batch: Batch) -> None:
    for number in (1, 2):
        ledger.start_rewrite(batch.id, ledger.ask_rewrite(batch.id, ASKED).number)
        if number == 1:
            ledger.finish_rewrite(batch.id, 1, words(batch), None)

    with pytest.raises(PermanentError, match="allowed rewrite 2"):
        ledger.finish_rewrite(batch.id, 1, words(batch), None)


def test_only_a_published_batch_can_be_rewritten(
    ledger: Ledger, orders: DatasetId, see: Callable[..., list[LandedFile]]
) -> None:
    waiting = ledger.add_batch(orders, "hash", see(1), NOW)

    with pytest.raises(UsageError, match=r"got READY, allowed PUBLISHED .* without --rewrite"):
        ledger.ask_rewrite(waiting.id, ASKED)


def test_a_batch_with_a_retired_file_is_not_rewritten(ledger: Ledger, batch: Batch) -> None:
    with ledger._engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE files SET state = 'RETIRED' WHERE file_id = '{batch.files[0].file_id}'")

    with pytest.raises(PermanentError, match="got 1 files that are retired or erased"):
        ledger.ask_rewrite(batch.id, ASKED)


def test_a_whole_file_may_become_quarantined_and_published_again(ledger: Ledger, batch: Batch) -> None:
    bad = FileOutcome(batch.files[0].file_id, FileState.QUARANTINED, ReasonCode.UNREADABLE_FILE, 0, 0, 0, "c" * 64)
    mixed = Publication([bad, outcomes(batch, 3)[1]], 7, 8, {})
    for number, publication in ((1, mixed), (2, words(batch))):
        ledger.start_rewrite(batch.id, ledger.ask_rewrite(batch.id, ASKED).number)
        ledger.finish_rewrite(batch.id, number, publication, None)
        if number == 1:
            assert [f.state for f in ledger.files(batch_id=batch.id)] == [FileState.QUARANTINED, FileState.PUBLISHED]

    assert {(f.state, f.reason) for f in ledger.files(batch_id=batch.id)} == {(FileState.PUBLISHED, None)}


def test_a_stamp_of_a_later_rewrite_wins_whatever_the_order(ledger: Ledger, batch: Batch) -> None:
    for version in (batch.id, f"{batch.id}~2", f"{batch.id}~1"):
        ledger.stamp("shop_silver.orders", [version], 5)

    assert ledger.stamped("shop_silver.orders") == {batch.id: 2}
