"""The ledger, on SQLite and (integration) Postgres: one fate per file, one publication per batch."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_contracts.naming import DatasetId
from gridata_contracts.reasons import ReasonCode
from gridata_control.ledger import (
    Batch,
    BatchState,
    FileOutcome,
    FileState,
    LandedFile,
    Ledger,
    PublishedBatch,
    QualityMetric,
    Run,
    schema,
)
from gridata_control.ledger.schema import HEAD
from gridata_control.ledger.tables import metadata

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
See = Callable[..., list[LandedFile]]


def published(files: Sequence[LandedFile]) -> list[FileOutcome]:
    return [FileOutcome(file.file_id, FileState.PUBLISHED, None, 3, 2, 1, "c" * 64) for file in files]


@pytest.fixture
def batch(ledger: Ledger, orders: DatasetId, see: See) -> Batch:
    return ledger.add_batch(orders, "hash", see(2), NOW)


def test_seeing_a_version_twice_keeps_one_row(ledger: Ledger, see: See) -> None:
    files = see(3)
    records = ledger.files()

    assert [record.file for record in records] == files
    assert ledger.known_files([files[0].file_id, "unknown"]) == {files[0].file_id}
    assert ledger.file_counts() == {FileState.SEEN: 3}


def test_more_files_than_one_statement_holds_are_all_kept(ledger: Ledger, orders: DatasetId, see: See) -> None:
    files = see(2100)
    batch = ledger.add_batch(orders, "hash", files, NOW)

    assert ledger.known_files([file.file_id for file in files]) == {file.file_id for file in files}
    assert ledger.batch(batch.id).files == tuple(files)


def test_a_batch_reads_back_exactly_as_it_was_made(ledger: Ledger, batch: Batch) -> None:
    assert ledger.batch(batch.id) == batch
    assert ledger.batch_record(batch.id).state is BatchState.READY
    assert {record.state for record in ledger.files(batch_id=batch.id)} == {FileState.BATCHED}
    assert batch.ingested_at_utc == NOW


def test_the_same_files_again_give_the_stored_batch_with_its_instant(
    ledger: Ledger, batch: Batch, orders: DatasetId
) -> None:
    assert ledger.add_batch(orders, "hash", batch.files, NOW + timedelta(days=1)) == batch


def test_a_file_cannot_be_in_two_batches(ledger: Ledger, batch: Batch, orders: DatasetId, see: See) -> None:
    fresh = see(1, name="fresh")
    with pytest.raises(PermanentError, match="1 of 2 files that are not SEEN"):
        ledger.add_batch(orders, "hash", [batch.files[0], *fresh], NOW)
    assert [record.file for record in ledger.files(states=[FileState.SEEN])] == fresh
    assert len(ledger.batches()) == 1


def test_an_unknown_batch_is_a_usage_error(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="gridata status"):
        ledger.batch("nope")


def test_publication_gives_batch_and_files_their_fate(ledger: Ledger, batch: Batch, orders: DatasetId) -> None:
    outcomes = published(batch.files)
    outcomes[1] = FileOutcome(
        batch.files[1].file_id, FileState.QUARANTINED, ReasonCode.UNREADABLE_FILE, 0, 0, 0, "d" * 64
    )
    ledger.publish(batch.id, outcomes, 2**62, None, {"b": [1, "x"], "a": None})

    record = ledger.batch_record(batch.id)
    assert (record.state, record.bronze_snapshot_id, record.quarantine_snapshot_id) == (
        BatchState.PUBLISHED,
        2**62,
        None,
    )
    assert record.report == {"a": None, "b": [1, "x"]}
    first, second = ledger.files(batch_id=batch.id)
    assert (first.state, first.rows_in, first.n_valid, first.n_rejected) == (FileState.PUBLISHED, 3, 2, 1)
    assert (second.state, second.reason) == (FileState.QUARANTINED, ReasonCode.UNREADABLE_FILE)
    assert ledger.published_batches(orders) == [PublishedBatch(batch.id, NOW, 2**62, None)]


def test_publishing_the_same_again_changes_nothing(ledger: Ledger, batch: Batch) -> None:
    ledger.publish(batch.id, published(batch.files), 1, 2, {"run": 1})
    before = ledger.batch_record(batch.id)

    ledger.publish(batch.id, published(batch.files), 7, 8, {"run": 2})

    assert ledger.batch_record(batch.id) == before


def test_publishing_something_else_again_is_refused(ledger: Ledger, batch: Batch) -> None:
    ledger.publish(batch.id, published(batch.files), 1, 2, {})
    other = published(batch.files)
    other[0] = replace(other[0], n_valid=1, n_rejected=2)

    with pytest.raises(PermanentError, match="A published batch never changes"):
        ledger.publish(batch.id, other, 1, 2, {})
    assert ledger.files(batch_id=batch.id)[0].n_valid == 2


def test_a_tombstone_does_not_stop_a_replay(ledger: Ledger, batch: Batch) -> None:
    ledger.publish(batch.id, published(batch.files), 1, 2, {})
    _execute(ledger, f"UPDATE files SET state = 'RETIRED' WHERE file_id = '{batch.files[0].file_id}'")

    ledger.publish(batch.id, published(batch.files), 1, 2, {})


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda o: o[:1], "outcomes of 1 of its 2 files"),
        (lambda o: [o[0], o[0]], "outcomes of 1 of its 2 files"),
        (lambda o: [*o, replace(o[0], file_id="x")], "and 1 others"),
        (lambda o: [o[0], replace(o[1], n_valid=5)], r"allowed n_valid \+ n_rejected = 5 \+ 1"),
        (lambda o: [o[0], replace(o[1], state=FileState.SEEN)], "got state SEEN"),
        (lambda o: [o[0], replace(o[1], state=FileState.QUARANTINED)], "without a reason"),
    ],
)
def test_outcomes_that_do_not_add_up_publish_nothing(
    ledger: Ledger, batch: Batch, spoil: Callable[[list[FileOutcome]], list[FileOutcome]], message: str
) -> None:
    with pytest.raises(PermanentError, match=message):
        ledger.publish(batch.id, spoil(published(batch.files)), 1, 2, {})
    assert ledger.batch_record(batch.id).state is BatchState.READY
    assert {record.state for record in ledger.files(batch_id=batch.id)} == {FileState.BATCHED}


def test_a_superseded_batch_can_never_be_published(ledger: Ledger, batch: Batch) -> None:
    children = ledger.split_batch(batch.id, [batch.files[:1], batch.files[1:]])

    with pytest.raises(PermanentError, match="SUPERSEDED"):
        ledger.publish(batch.id, published(batch.files), 1, 2, {})
    assert [child.files for child in children] == [batch.files[:1], batch.files[1:]]
    assert {ledger.batch_record(child.id).parent_id for child in children} == {batch.id}


def test_splitting_twice_gives_the_same_children(ledger: Ledger, batch: Batch) -> None:
    halves = [batch.files[:1], batch.files[1:]]
    first, second = ledger.split_batch(batch.id, halves), ledger.split_batch(batch.id, halves)

    assert sorted(first, key=lambda b: b.id) == sorted(second, key=lambda b: b.id)
    assert len(ledger.batches()) == 3


def test_a_published_batch_cannot_be_split(ledger: Ledger, batch: Batch) -> None:
    ledger.publish(batch.id, published(batch.files), 1, 2, {})
    with pytest.raises(PermanentError, match="got PUBLISHED"):
        ledger.split_batch(batch.id, [batch.files[:1], batch.files[1:]])


def test_a_split_must_keep_every_file(ledger: Ledger, batch: Batch) -> None:
    with pytest.raises(PermanentError, match="not exactly its files"):
        ledger.split_batch(batch.id, [batch.files[:1]])
    assert ledger.batch_record(batch.id).state is BatchState.READY


def test_failing_never_undoes_a_publication(ledger: Ledger, batch: Batch) -> None:
    ledger.fail(batch.id, "out of memory")
    assert (ledger.batch_record(batch.id).state, ledger.batch_record(batch.id).error) == (
        BatchState.FAILED,
        "out of memory",
    )
    ledger.publish(batch.id, published(batch.files), 1, 2, {})
    ledger.fail(batch.id, "a zombie's last word")
    ledger.mark_dispatched(batch.id, "dag", 2)
    ledger.make_ready(batch.id)

    record = ledger.batch_record(batch.id)
    assert (record.state, record.error, record.run_number) == (BatchState.PUBLISHED, None, 2)


def test_one_claim_holds_until_it_is_released_or_expires(ledger: Ledger, batch: Batch) -> None:
    assert ledger.claim(batch.id, lease_s=60)
    assert not ledger.claim(batch.id, lease_s=60)
    ledger.release(batch.id)
    assert ledger.claim(batch.id, lease_s=-1)
    assert ledger.claim(batch.id, lease_s=60)


def test_threads_forming_batches_at_once_put_each_file_into_one(ledger: Ledger, orders: DatasetId, see: See) -> None:
    see(40)

    def form(_: int) -> list[Batch]:
        return ledger.form_batches(
            orders, "hash", lambda files: [files[i : i + 7] for i in range(0, len(files), 7)], NOW
        )

    with ThreadPoolExecutor(8) as pool:
        formed = [batch for batches in pool.map(form, range(8)) for batch in batches]

    assert len(formed) == 6
    assert len({file.file_id for batch in formed for file in batch.files}) == 40
    assert len(ledger.batches()) == 6


def test_publishers_at_once_agree_on_one_publication(ledger: Ledger, batch: Batch) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: ledger.publish(batch.id, published(batch.files), i, i, {"i": i}), range(8)))

    record = ledger.batch_record(batch.id)
    assert record.report == {"i": record.bronze_snapshot_id}


def test_published_batches_come_in_the_order_of_their_instants(ledger: Ledger, orders: DatasetId, see: See) -> None:
    later = ledger.add_batch(orders, "hash", see(1, name="a"), NOW + timedelta(seconds=1))
    earlier = ledger.add_batch(orders, "hash", see(1, name="b"), NOW)
    for batch in (later, earlier):
        ledger.publish(batch.id, published(batch.files), 1, None, {})

    assert [each.batch_id for each in ledger.published_batches(orders)] == [earlier.id, later.id]
    assert ledger.published_batches(DatasetId("shop", "events", 1)) == []


def test_a_retry_replaces_the_run_and_the_start_of_another_try_counts(ledger: Ledger) -> None:
    started = Run("run", "ingest", NOW, batch_id="b")
    ended = replace(started, ended_at_utc=NOW, exit_code=4, report={"x": 1})
    for run in (started, ended, replace(started, started_at_utc=NOW + timedelta(minutes=1))):
        ledger.record_run(run)
    ledger.record_run(Run("run", "process_orders", NOW))

    assert [(run.job, run.exit_code) for run in ledger.runs()] == [("process_orders", None), ("ingest", None)]
    assert _execute(ledger, "SELECT tries FROM runs WHERE job = 'ingest'") == [(2,)]


def test_a_staged_metric_is_kept_once_until_it_is_flushed(ledger: Ledger) -> None:
    metrics = [
        QualityMetric("shop.orders.v1", "shop_bronze.orders_v1", "batch", check, "rows_failed", 2.5, NOW, passed=False)
        for check in ("a", "b")
    ]
    assert (ledger.stage_metrics(metrics), ledger.stage_metrics(metrics)) == (2, 0)
    assert sorted(ledger.staged_metrics(), key=lambda metric: metric.check_id) == metrics

    ledger.mark_flushed([metrics[0].id])

    assert ledger.staged_metrics() == metrics[1:]
    assert ledger.stage_metrics(metrics) == 0


def test_stamps_outlive_snapshots(ledger: Ledger, batch: Batch) -> None:
    ledger.stamp("shop_silver.orders", [batch.id], 5)
    ledger.stamp("shop_silver.orders", [batch.id], 6)

    assert ledger.stamped("shop_silver.orders") == {batch.id: 0}
    assert ledger.stamped("shop_gold.sales") == {}


def test_instants_come_back_in_utc_and_naive_ones_are_refused(ledger: Ledger, orders: DatasetId, see: See) -> None:
    east = NOW.astimezone(timezone(timedelta(hours=5)))
    assert ledger.add_batch(orders, "hash", see(1), east).ingested_at_utc == NOW
    assert ledger.batches()[0].batch.ingested_at_utc == NOW
    assert ledger.batches()[0].batch.ingested_at_utc.tzinfo is UTC
    with pytest.raises(PermanentError, match="without a zone"):
        ledger.record_run(Run("r", "j", NOW.replace(tzinfo=None)))


def test_migrations_build_the_tables_the_code_uses(ledger: Ledger) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with ledger._engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_head_is_the_newest_migration(ledger: Ledger) -> None:
    newest = max((Path(schema.__file__).parent / "migrations" / "versions").glob("[0-9]*.py")).name
    assert newest.startswith(f"{HEAD}_")
    assert _execute(ledger, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_a_ledger_that_a_later_version_brought_further_is_used_as_it_is(ledger: Ledger) -> None:
    _execute(ledger, "ALTER TABLE runs ADD COLUMN of_tomorrow TEXT")
    _execute(ledger, "UPDATE alembic_version SET version_num = '9999'")

    ledger.migrate()

    assert _execute(ledger, "SELECT version_num FROM alembic_version") == [("9999",)]
    ledger.record_run(Run("r", "ingest", NOW))
    assert [run.run_id for run in ledger.runs()] == ["r"]


def test_migrations_only_add_so_that_the_version_before_can_come_back() -> None:
    versions = Path(schema.__file__).parent / "migrations" / "versions"
    newer = [path for path in sorted(versions.glob("[0-9]*.py")) if path.name >= "0007"]
    for path in newer:
        done = set(re.findall(r"op\.(\w+)", path.read_text()))
        assert done <= {"add_column", "create_table", "create_index", "execute"}, path.name
        assert "nullable=False" not in "".join(re.findall(r"op\.add_column\(.*", path.read_text())), path.name


def test_migrating_from_many_threads_at_once_works(ledger_url: str) -> None:
    def migrate(_: int) -> None:
        ledger = Ledger(ledger_url)
        ledger.migrate()
        ledger.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, range(4)))


def test_a_new_file_that_another_process_is_writing_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.3, lambda: other.execute("COMMIT"))
    release.start()

    ledger = Ledger(f"sqlite:///{file}")
    ledger.migrate()
    release.join()

    assert ledger.batches() == []
    ledger.close()
    other.close()


def test_a_ledger_without_tables_says_what_to_do(ledger_url: str) -> None:
    ledger = Ledger(ledger_url)
    with pytest.raises(PermanentError, match="migrate"):
        ledger.batches()
    ledger.close()


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "nonsense", "sqlite://"])
def test_a_wrong_url_is_a_usage_error_without_its_secret(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Ledger(url)
    assert "secret" not in str(caught.value)


def test_a_database_that_does_not_answer_is_transient_and_keeps_the_password(tmp_path: Path) -> None:
    ledger = Ledger("postgresql+psycopg2://user:secret@127.0.0.1:1/db")
    with pytest.raises(TransientError) as caught:
        ledger.batches()
    assert "secret" not in str(caught.value)
    ledger.close()


def _execute(ledger: Ledger, sql: str) -> list[tuple[object, ...]]:
    with ledger._engine.connect() as connection:
        result = connection.exec_driver_sql(sql)
        rows = [tuple(row) for row in result] if result.returns_rows else []
        connection.commit()
        return rows
