"""The proof of nothing lost: it holds for an honest lake, and every single mutation of one is named."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyiceberg.catalog import Catalog as IcebergCatalog
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.types import LongType, NestedField, StringType

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.errors import UsageError
from gridata_contracts.load import load_contracts
from gridata_contracts.naming import bronze_table, quarantine_table
from gridata_contracts.reasons import ReasonCode
from gridata_control.batches import BatchLimits
from gridata_control.catalog import open_catalog
from gridata_control.catalog.data_files import LostFileError
from gridata_control.catalog.tables import ensure_table
from gridata_control.cli import cli
from gridata_control.cli.failures import exit_code_of
from gridata_control.landing import LocalStore
from gridata_control.ledger import Batch, FileOutcome, FileState, LandedFile, Ledger
from gridata_control.settings import Settings
from gridata_control.sweep import sweep
from gridata_control.verify import Kind, Violation, prove
from gridata_control.written import rows_probe

SCHEMA = Schema(
    NestedField(1, "_file_id", StringType(), required=True),
    NestedField(2, "_batch_id", StringType(), required=True),
    NestedField(3, "_row_number", LongType()),
)
ARROW = SCHEMA.as_arrow()
LIMITS = BatchLimits(10**9, 100)
KEY = "landing/shop/orders/v1/{}.jsonl"


@dataclass
class Lake:
    """An honest lake: `a` has 5 rows (rows 2 and 5 rejected), `b` is unreadable, `c` blank, `d` empty, `e` refused."""

    settings: Settings
    store: LocalStore
    ledger: Ledger
    bronze: Table
    quarantine: Table
    batch: Batch

    def file(self, name: str) -> LandedFile:
        return next(file for file in self.batch.files if file.key == KEY.format(name))

    def sql(self, statement: str, *values: object) -> None:
        with self.ledger._engine.begin() as connection:
            connection.exec_driver_sql(statement, values)

    def violations(self) -> dict[Kind, Violation]:
        found = prove(self.settings).violations
        kinds = {violation.kind: violation for violation in found}
        assert len(kinds) == len(found), found
        return kinds


def rows(file: LandedFile, batch_id: str, numbers: list[int | None]) -> pa.Table:
    data = [{"_file_id": file.file_id, "_batch_id": batch_id, "_row_number": number} for number in numbers]
    return pa.Table.from_pylist(data, schema=ARROW)


@pytest.fixture
def shop(environment: dict[str, str]) -> Settings:
    return Settings.load(environ=environment)  # SQLite: what is proven does not depend on the database


@pytest.fixture
def ledger_url(shop: Settings) -> str:
    return shop.ledger_url


@pytest.fixture
def lake(shop: Settings, store: LocalStore, ledger: Ledger, shop_catalogue: Catalogue) -> Lake:
    contents = {"a": b"{}\n{}\n\n{}\n{}\n{}", "b": b"\x1f\x8bbroken", "c": b"  \n \n", "d": b""}
    for name, content in contents.items():
        store.put(KEY.format(name), io.BytesIO(content))
    store.put("landing/shop/unknown/v1/e.jsonl", io.BytesIO(b"{}\n"))
    [batch] = sweep(store, ledger, shop_catalogue, LIMITS).batches
    catalog = open_catalog(shop)
    bronze, quarantine = (_table(catalog, name(batch.dataset)) for name in (bronze_table, quarantine_table))
    a, b, c = batch.files
    quarantine.append(pa.concat_tables([rows(a, batch.id, [2, 5]), rows(b, batch.id, [None])]))
    bronze.append(rows(a, batch.id, [1, 3, 4]))
    outcomes = [
        FileOutcome(a.file_id, FileState.PUBLISHED, None, 5, 3, 2, a.content_sha256),
        FileOutcome(b.file_id, FileState.QUARANTINED, ReasonCode.UNREADABLE_FILE, 0, 0, 0, b.content_sha256),
        FileOutcome(c.file_id, FileState.EMPTY, ReasonCode.EMPTY_FILE, 0, 0, 0, c.content_sha256),
    ]
    ledger.publish(batch.id, outcomes, 1, 2, {})
    return Lake(shop, store, ledger, bronze, quarantine, batch)


def _table(catalog: IcebergCatalog, name: str) -> Table:
    return ensure_table(catalog, name, SCHEMA, PartitionSpec(), {"write.metadata.metrics.column._batch_id": "full"})


def test_an_honest_lake_is_proven(lake: Lake) -> None:
    proof = prove(lake.settings)

    assert proof.violations == ()
    assert (proof.files, proof.batches, proof.rows_in) == (5, 1, 5)
    assert (proof.bronze_rows, proof.quarantine_rows) == (3, 3)


def test_a_deleted_bronze_row_is_named(lake: Lake) -> None:
    lake.bronze.delete("_row_number = 3")

    found = lake.violations()

    assert set(found) == {Kind.BRONZE_ROWS, Kind.ROW_MISSING}
    assert (found[Kind.BRONZE_ROWS].expected, found[Kind.BRONZE_ROWS].got) == ("3 rows", "2 rows")
    assert found[Kind.ROW_MISSING].got == "row 3"
    assert KEY.format("a") in found[Kind.ROW_MISSING].where


def test_a_deleted_quarantine_row_is_named(lake: Lake) -> None:
    lake.quarantine.delete("_row_number = 5")
    found = lake.violations()

    assert set(found) == {Kind.QUARANTINE_ROWS, Kind.ROW_MISSING}
    assert found[Kind.ROW_MISSING].got == "row 5"


def test_a_deleted_whole_file_rejection_is_named(lake: Lake) -> None:
    lake.quarantine.delete("_row_number is null")
    found = lake.violations()

    assert set(found) == {Kind.QUARANTINE_ROWS}
    assert KEY.format("b") in found[Kind.QUARANTINE_ROWS].where


def test_a_doubled_batch_is_named(lake: Lake) -> None:
    lake.bronze.append(rows(lake.file("a"), lake.batch.id, [1, 3, 4]))
    found = lake.violations()

    assert set(found) == {Kind.BRONZE_ROWS, Kind.ROW_DOUBLED}
    assert found[Kind.ROW_DOUBLED].got == "rows 1, 3, 4"


def test_a_lost_row_hidden_by_a_doubled_one_is_named(lake: Lake) -> None:
    lake.bronze.delete("_row_number = 3")
    lake.bronze.append(rows(lake.file("a"), lake.batch.id, [4]))
    found = lake.violations()

    assert set(found) == {Kind.ROW_MISSING, Kind.ROW_DOUBLED}
    assert (found[Kind.ROW_MISSING].got, found[Kind.ROW_DOUBLED].got) == ("row 3", "row 4")


def test_a_row_in_both_tables_is_named(lake: Lake) -> None:
    lake.bronze.append(rows(lake.file("a"), lake.batch.id, [2]))
    assert lake.violations()[Kind.ROW_DOUBLED].got == "row 2"


def test_a_row_the_file_does_not_have_is_named(lake: Lake) -> None:
    lake.bronze.delete("_row_number = 3")
    lake.bronze.append(rows(lake.file("a"), lake.batch.id, [99]))
    assert lake.violations()[Kind.ROW_UNKNOWN].got == "row 99"


@pytest.mark.parametrize("strange", ["file", "batch"])
def test_rows_of_nobody_are_named(lake: Lake, strange: str) -> None:
    file = LandedFile("f" * 64, "local", "k", "v", 1) if strange == "file" else lake.file("a")
    lake.bronze.append(rows(file, "another-batch" if strange == "batch" else lake.batch.id, [1, 3]))

    orphan = lake.violations()[Kind.ORPHAN_ROWS]

    assert file.file_id in orphan.where
    assert orphan.got == "2 rows"


def test_rows_of_a_table_without_ledger_are_named(lake: Lake) -> None:
    forgotten = _table(open_catalog(lake.settings), "other_bronze.things_v3")
    forgotten.append(rows(lake.file("a"), lake.batch.id, [1]))

    assert set(lake.violations()) == {Kind.ORPHAN_ROWS}


def test_a_removed_ledger_row_is_named(lake: Lake) -> None:
    file_id = lake.file("a").file_id
    lake.sql("DELETE FROM batch_files WHERE file_id = ?", file_id)
    lake.sql("DELETE FROM files WHERE file_id = ?", file_id)
    found = prove(lake.settings).violations

    assert {violation.kind for violation in found} == {Kind.NO_LEDGER_ROW, Kind.ORPHAN_ROWS}
    assert KEY.format("a") in next(violation.where for violation in found if violation.kind is Kind.NO_LEDGER_ROW)


def test_a_lost_object_is_named(lake: Lake) -> None:
    index = lake.settings.home / "store/.gridata/index.db"
    database = sqlite3.connect(index)
    database.execute("DELETE FROM versions WHERE key = ?", (KEY.format("a"),))
    database.commit()
    database.close()
    found = lake.violations()

    assert set(found) == {Kind.LOST_OBJECT}
    assert KEY.format("a") in found[Kind.LOST_OBJECT].where


def test_a_lost_content_is_named(lake: Lake) -> None:
    _held(lake, "a").unlink()
    assert set(lake.violations()) == {Kind.LOST_OBJECT}


def test_changed_bytes_are_named(lake: Lake) -> None:
    held = _held(lake, "a")
    held.chmod(0o644)
    held.write_bytes(b"{}\n{}\n{}\n{}\n{}\n{}\n")
    assert set(lake.violations()) == {Kind.CONTENT_CHANGED}


def test_a_wrong_count_in_the_ledger_is_named(lake: Lake) -> None:
    lake.sql("UPDATE files SET rows_in = 6 WHERE file_id = ?", lake.file("a").file_id)
    found = lake.violations()

    assert set(found) == {Kind.ROWS_IN, Kind.ROW_SUM, Kind.ROW_MISSING}
    assert found[Kind.ROWS_IN].expected == "5 records in the object"


def test_an_empty_file_with_records_is_named(lake: Lake) -> None:
    lake.sql("UPDATE files SET state = 'EMPTY', reason = NULL WHERE file_id = ?", lake.file("a").file_id)
    assert {Kind.ROWS_IN, Kind.BRONZE_ROWS, Kind.QUARANTINE_ROWS} <= set(lake.violations())


@pytest.mark.parametrize("state", ["SEEN", "BATCHED"])
def test_a_version_without_fate_is_named(lake: Lake, state: str) -> None:
    lake.sql("UPDATE files SET state = ?, batch_id = NULL WHERE file_id = ?", state, lake.file("b").file_id)
    assert Kind.NOT_DECIDED in {violation.kind for violation in prove(lake.settings).violations}


def test_an_object_that_was_never_swept_is_named(lake: Lake) -> None:
    lake.store.put(KEY.format("new"), io.BytesIO(b"{}\n"))
    assert set(lake.violations()) == {Kind.NO_LEDGER_ROW}


def test_a_file_in_two_published_batches_is_named(lake: Lake) -> None:
    lake.sql(
        "INSERT INTO batches (batch_id, dataset, contract_hash, state, ingested_at_utc, created_at_utc, run_number) "
        "VALUES ('twin', 'shop.orders.v1', 'h', 'PUBLISHED', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1)"
    )
    lake.sql("INSERT INTO batch_files VALUES ('twin', 0, ?)", lake.file("a").file_id)
    found = lake.violations()

    assert set(found) == {Kind.PUBLISHED_BATCHES}
    assert "twin" in found[Kind.PUBLISHED_BATCHES].got


def test_a_published_file_whose_batch_is_not_is_named(lake: Lake) -> None:
    lake.sql("UPDATE batches SET state = 'READY'")
    assert {violation.kind for violation in prove(lake.settings).violations} == {Kind.PUBLISHED_BATCHES}


def test_a_duplicate_without_its_original_is_named(lake: Lake) -> None:
    lake.sql("UPDATE files SET duplicate_of = 'nobody' WHERE file_id = ?", lake.file("c").file_id)
    assert set(lake.violations()) == {Kind.DUPLICATE_OF}


@pytest.mark.parametrize("state", ["RETIRED", "ERASED"])
def test_a_tombstone_closes_the_books(lake: Lake, state: str) -> None:
    lake.sql("UPDATE files SET state = ? WHERE file_id = ?", state, lake.file("a").file_id)
    lake.bronze.delete("_row_number > 0")
    lake.quarantine.delete("_row_number > 0")
    _held(lake, "a").unlink()

    assert prove(lake.settings).violations == ()


def test_a_lake_that_is_compacted_is_still_proven(lake: Lake) -> None:
    lake.bronze.overwrite(lake.bronze.scan().to_arrow())
    assert prove(lake.settings).violations == ()


DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "gone": lambda _: None,
    "truncated": lambda good: good[: len(good) // 2],
    "empty": lambda _: b"",
    "footer spoilt": lambda good: good[:-60] + bytes(52) + good[-8:],
    "pages spoilt": lambda good: good[:4] + b"\xff" * 400 + good[404:],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_data_file_that_is_lost_is_named_with_its_table_its_batch_and_its_rows(
    lake: Lake, damage: Callable[[bytes], bytes | None]
) -> None:
    [task] = lake.bronze.scan().plan_files()
    _spoil(task.file.file_path, damage)

    found = lake.violations()

    assert set(found) == {Kind.LOST_DATA_FILE, Kind.BRONZE_ROWS, Kind.ROW_MISSING}
    lost = found[Kind.LOST_DATA_FILE]
    assert lost.where == f"shop_bronze.orders_v1: {task.file.file_path}"
    assert lost.expected == f"3 rows of batch {lake.batch.id}"
    assert lost.got.startswith(("no such file", "damaged"))
    assert KEY.format("a") in found[Kind.ROW_MISSING].where
    assert found[Kind.ROW_MISSING].got == "rows 1, 3, 4"


def test_a_lost_quarantine_file_is_named(lake: Lake) -> None:
    [task] = lake.quarantine.scan().plan_files()
    _spoil(task.file.file_path, lambda _: None)
    found = prove(lake.settings).violations

    assert {violation.kind for violation in found} == {Kind.LOST_DATA_FILE, Kind.QUARANTINE_ROWS, Kind.ROW_MISSING}
    assert "shop_quarantine.orders_v1" in next(each.where for each in found if each.kind is Kind.LOST_DATA_FILE)


@pytest.mark.parametrize("damage", [DAMAGES["gone"], DAMAGES["truncated"]], ids=["gone", "truncated"])
@pytest.mark.parametrize("which", ["metadata", "list", "manifest"])
def test_metadata_of_a_table_that_is_lost_is_named_once_and_not_for_every_file(
    lake: Lake, which: str, damage: Callable[[bytes], bytes | None]
) -> None:
    snapshot = lake.bronze.refresh().current_snapshot()
    assert snapshot is not None
    uris = {
        "metadata": lake.bronze.metadata_location,
        "list": snapshot.manifest_list,
        "manifest": snapshot.manifests(lake.bronze.io)[0].manifest_path,
    }
    _spoil(uris[which], damage)

    found = lake.violations()

    assert set(found) == {Kind.LOST_METADATA}
    assert found[Kind.LOST_METADATA].where.startswith("shop_bronze.orders_v1: ")
    if which != "metadata" or damage is DAMAGES["gone"]:
        assert uris[which].removeprefix("file://") in found[Kind.LOST_METADATA].where


def test_a_lost_data_file_ends_verify_with_1_and_no_fault_of_gridata(
    lake: Lake, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    [task] = lake.bronze.scan().plan_files()
    _spoil(task.file.file_path, DAMAGES["truncated"])

    assert exit_code_of(lambda: cli.main(["verify"], standalone_mode=False)) == 1
    assert f"LOST_DATA_FILE: shop_bronze.orders_v1: {task.file.file_path}" in capsys.readouterr().out


def test_whether_a_batch_has_rows_is_not_guessed_when_its_file_is_lost(lake: Lake) -> None:
    [task] = lake.bronze.scan().plan_files()
    _spoil(task.file.file_path, DAMAGES["gone"])

    with pytest.raises(LostFileError, match=r"shop_bronze\.orders_v1: .*\.parquet: got no such file"):
        rows_probe(lake.settings)(lake.batch)


def hold_another(lake: Lake) -> Batch:
    """A batch of one file whose gate failed: one row in quarantine, nothing in bronze."""
    lake.store.put(KEY.format("held"), io.BytesIO(b"{}\n{}\n"))
    [batch] = sweep(lake.store, lake.ledger, load_contracts(lake.settings.contracts_dir), LIMITS).batches
    lake.quarantine.append(rows(batch.files[0], batch.id, [2]))
    lake.ledger.hold(batch.id, 3, {}, "gate closed")
    return batch


def test_quarantine_rows_of_a_held_batch_are_right_and_its_files_wait(lake: Lake) -> None:
    batch = hold_another(lake)
    found = lake.violations()

    assert set(found) == {Kind.NOT_DECIDED}
    assert found[Kind.NOT_DECIDED].got == f"BATCHED in HELD batch {batch.id}"


def test_bronze_rows_of_a_held_batch_are_named(lake: Lake) -> None:
    batch = hold_another(lake)
    lake.bronze.append(rows(batch.files[0], batch.id, [1]))
    orphan = lake.violations()[Kind.ORPHAN_ROWS]

    assert (orphan.where, orphan.expected, orphan.got) == (
        f"bronze: file {batch.files[0].file_id} in batch {batch.id}",
        "none: a quality gate holds the batch",
        "1 rows",
    )


@pytest.mark.parametrize("left_in_bronze", [False, True])
def test_quarantine_rows_of_a_batch_made_anew_stay_as_history_but_none_in_bronze(
    lake: Lake, left_in_bronze: bool
) -> None:
    held = hold_another(lake)
    [file] = held.files
    [renewed] = lake.ledger.split_batch(held.id, [held.files], "f" * 64)
    lake.bronze.append(rows(file, renewed.id, [1, 2]))
    outcome = FileOutcome(file.file_id, FileState.PUBLISHED, None, 2, 2, 0, file.content_sha256)
    lake.ledger.publish(renewed.id, [outcome], 4, None, {})
    if left_in_bronze:
        lake.bronze.append(rows(file, held.id, [1]))

    found = lake.violations()

    assert set(found) == ({Kind.ORPHAN_ROWS} if left_in_bronze else set())
    if left_in_bronze:
        assert found[Kind.ORPHAN_ROWS].expected == f"batch {renewed.id}"


@pytest.mark.parametrize("table", ["bronze", "quarantine"])
def test_rows_a_zombie_wrote_of_a_batch_that_was_split_meanwhile_are_named(lake: Lake, table: str) -> None:
    """Between its last look at the ledger and its commit a run cannot know that its batch was split."""
    for name in ("x", "y"):
        lake.store.put(KEY.format(name), io.BytesIO(f'{{"{name}": 1}}\n'.encode()))
    [parent] = sweep(lake.store, lake.ledger, load_contracts(lake.settings.contracts_dir), LIMITS).batches
    for child in lake.ledger.split_batch(parent.id, [parent.files[:1], parent.files[1:]]):
        [file] = child.files
        lake.bronze.append(rows(file, child.id, [1]))
        outcome = FileOutcome(file.file_id, FileState.PUBLISHED, None, 1, 1, 0, file.content_sha256)
        lake.ledger.publish(child.id, [outcome], 5, None, {})
    assert prove(lake.settings).violations == ()

    {"bronze": lake.bronze, "quarantine": lake.quarantine}[table].append(rows(parent.files[0], parent.id, [1]))

    orphan = lake.violations()[Kind.ORPHAN_ROWS]
    assert orphan.where == f"{table}: file {parent.files[0].file_id} in batch {parent.id}"


def test_a_file_is_recounted_under_the_contract_it_was_read_under(
    lake: Lake, add_contract: Callable[..., Path]
) -> None:
    lake.store.put("landing/shop/events/v1/quoted.csv", io.BytesIO(b'id,amount\n"a\nb",1\n'))
    [batch] = sweep(lake.store, lake.ledger, load_contracts(lake.settings.contracts_dir), LIMITS).batches
    [file] = batch.files
    _table(open_catalog(lake.settings), bronze_table(batch.dataset)).append(rows(file, batch.id, [1]))
    outcome = FileOutcome(file.file_id, FileState.PUBLISHED, None, 1, 1, 0, file.content_sha256)
    lake.ledger.publish(batch.id, [outcome], 4, None, {})
    contract = add_contract("events", "csv", "duplicate")
    quote = """  - {property: gridata.csv, value: {quote: "'"}}\nschema:\n"""
    contract.write_text(contract.read_text().replace("schema:\n", quote))

    assert prove(lake.settings).violations == ()


def test_a_home_where_nothing_landed_is_no_proof(shop: Settings) -> None:
    with pytest.raises(UsageError, match="got no ledger"):
        prove(shop)
    assert not shop.home.exists()


def test_the_command_exits_with_1_and_lists_what_is_wrong(lake: Lake, environment: dict[str, str]) -> None:
    good = CliRunner().invoke(cli, ["verify", "--json"], env=environment, standalone_mode=False)
    lake.bronze.delete("_row_number = 3")
    bad = CliRunner().invoke(cli, ["verify", "--json"], env=environment, standalone_mode=False)
    said = CliRunner().invoke(cli, ["verify"], env=environment, standalone_mode=False)

    assert (good.return_value, json.loads(good.output)["violations"]) == (0, [])
    assert bad.return_value == 1
    assert {each["kind"] for each in json.loads(bad.output)["violations"]} == {"BRONZE_ROWS", "ROW_MISSING"}
    assert "ROW_MISSING: landing/shop/orders/v1/a.jsonl" in said.output


def _spoil(uri: str, damage: Callable[[bytes], bytes | None]) -> None:
    path = Path(uri.removeprefix("file://"))
    spoilt = damage(path.read_bytes())
    path.unlink()
    if spoilt is not None:
        path.write_bytes(spoilt)


def _held(lake: Lake, name: str) -> Path:
    version = lake.file(name).version_id
    return lake.settings.home / "store/.gridata/versions" / version[:2] / version
