"""One Spark session for all tests, and for each test a home of its own with real catalog, ledger and tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog
from pyiceberg.exceptions import NamespaceAlreadyExistsError, NoSuchTableError
from pyiceberg.table import Table
from pyspark.sql import SparkSession

from gridata_contracts.emit import arrow
from gridata_contracts.load import load_contract
from gridata_contracts.naming import bronze_table, contract_path, file_id, parse_dataset_id
from gridata_control.catalog import open_catalog
from gridata_control.ledger import (
    Asked,
    FileOutcome,
    FileState,
    LandedFile,
    Ledger,
    NewFile,
    Publication,
    open_ledger,
)
from gridata_control.settings import Settings
from gridata_jobs.arguments import JobArguments
from gridata_jobs.spark import spark_session

Row = dict[str, object]

INGESTED = datetime(2025, 1, 10, tzinfo=UTC)
LINEAGE = [
    ("_file_id", pa.string()),
    ("_batch_id", pa.string()),
    ("_row_number", pa.int64()),
    ("_source_uri", pa.string()),
    ("_ingested_at", pa.timestamp("us", tz="UTC")),
    ("_extra", pa.string()),
]


def pytest_configure(config: pytest.Config) -> None:
    # pyspark leaves the sockets it fetched results through to the garbage collector.
    config.addinivalue_line("filterwarnings", "ignore:unclosed <socket:ResourceWarning")


def settings_of(home: Path) -> Settings:
    return Settings.load(home, {})


@dataclass(frozen=True)
class Lake:
    """A home directory: publish rows into bronze, run jobs, read tables back."""

    settings: Settings
    session: SparkSession | None

    @property
    def spark(self) -> SparkSession:
        assert self.session is not None
        return self.session

    @cached_property
    def catalog(self) -> Catalog:
        return open_catalog(self.settings)

    @cached_property
    def ledger(self) -> Ledger:
        return open_ledger(self.settings)

    def arguments(self, as_of: datetime = datetime(2025, 2, 1, tzinfo=UTC), **options: str) -> JobArguments:
        return JobArguments(as_of=as_of, run_id=None, options=options)

    def arrow_schema(self, dataset: str) -> pa.Schema:
        contract = load_contract(self.settings.contracts_dir / contract_path(parse_dataset_id(dataset)))
        return pa.schema([*arrow.schema(contract), *(pa.field(name, kind) for name, kind in LINEAGE)])

    def bronze(self, dataset: str) -> Table:
        """The bronze table as ingest makes it: full metrics for the two lineage ids."""
        name = bronze_table(parse_dataset_id(dataset))
        try:
            return self.catalog.load_table(name)
        except NoSuchTableError:
            with suppress(NamespaceAlreadyExistsError):
                self.catalog.create_namespace(name.partition(".")[0])
            metrics = "write.metadata.metrics.column."
            properties = {f"{metrics}_batch_id": "full", f"{metrics}_file_id": "full", "format-version": "2"}
            return self.catalog.create_table(name, self.arrow_schema(dataset), properties=properties)

    def publish(
        self,
        dataset: str,
        rows: Sequence[Mapping[str, object]],
        *,
        key: str = "one.jsonl",
        modified: datetime = INGESTED,
        version: str = "v1",
        ingested: datetime = INGESTED,
    ) -> str:
        """One file with these rows as one published batch; returns its id."""
        key = f"landing/{dataset}/{key}"
        landed = LandedFile(file_id("local", key, version), "local", key, version, 1)
        identity = parse_dataset_id(dataset)
        self.ledger.see([NewFile(landed, None, modified, identity, FileState.SEEN)])
        batch = self.ledger.add_batch(identity, "hash", [landed], ingested)
        table = self.bronze(dataset)
        stamped = [
            {
                **row,
                "_file_id": landed.file_id,
                "_batch_id": batch.id,
                "_row_number": number,
                "_source_uri": f"local/{key}",
                "_ingested_at": ingested,
                "_extra": None,
            }
            for number, row in enumerate(rows, 1)
        ]
        table.append(pa.Table.from_pylist(stamped, self.arrow_schema(dataset)))
        snapshot = table.current_snapshot()
        assert snapshot is not None
        outcome = FileOutcome(landed.file_id, FileState.PUBLISHED, None, len(rows), len(rows), 0, None)
        self.ledger.publish(batch.id, [outcome], snapshot.snapshot_id, None, {})
        return batch.id

    def rewrite(self, dataset: str, batch_id: str, rows: Mapping[int, Mapping[str, object]]) -> None:
        """The batch's rows, by row number, are these from now on, as a rewrite leaves them."""
        [landed] = self.ledger.batch(batch_id).files
        [before] = self.ledger.files(batch_id=batch_id)
        asked = self.ledger.ask_rewrite(batch_id, Asked("corrected", override_gate=False, by="test", why=None))
        self.ledger.start_rewrite(batch_id, asked.number)
        table = self.bronze(dataset)
        old = table.scan(f"_batch_id = '{batch_id}'").to_arrow().to_pylist()
        origin = {name: old[0][name] for name, _ in LINEAGE if name != "_row_number"}
        new = [{**row, **origin, "_row_number": number} for number, row in rows.items()]
        table.overwrite(pa.Table.from_pylist(new, self.arrow_schema(dataset)), f"_batch_id = '{batch_id}'")
        snapshot = table.current_snapshot()
        assert snapshot is not None
        valid, rows_in = len(rows), before.rows_in or 0
        outcome = FileOutcome(landed.file_id, FileState.PUBLISHED, None, rows_in, valid, rows_in - valid, None)
        words = Publication([outcome], snapshot.snapshot_id, None, {})
        self.ledger.finish_rewrite(batch_id, asked.number, words, None)

    def rows(self, table: str) -> list[Row]:
        """Every row, read by pyiceberg, sorted by its text so that whole tables compare."""
        found: list[Row] = self.catalog.load_table(table).scan().to_arrow().to_pylist()
        return sorted(found, key=repr)

    def snapshots(self, table: str) -> list[int]:
        return [snapshot.snapshot_id for snapshot in self.catalog.load_table(table).metadata.snapshots]


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    # Tests have few rows: compiling code for them costs more than interpreting it, and so does compiling it twice.
    conf_dir = tmp_path_factory.mktemp("conf")
    (conf_dir / "spark-defaults.conf").write_text(
        "spark.sql.codegen.wholeStage false\nspark.sql.codegen.factoryMode NO_CODEGEN\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDATA_SPARK_MASTER", "local[2]")
        patch.setenv("SPARK_CONF_DIR", str(conf_dir))
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        with spark_session(settings_of(tmp_path_factory.mktemp("session")), "tests") as session:
            yield session


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    settings = settings_of(tmp_path)
    with spark_session(settings, "test") as session:
        return Lake(settings, session)


def instant(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2025, 1, day, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)


@pytest.fixture
def remote_lake() -> Callable[[Settings], Lake]:
    """A lake whose jobs run in processes of their own."""
    return lambda settings: Lake(settings, None)


class Orders:
    """Records of the orders contract, consistent unless a test says otherwise."""

    @staticmethod
    def item(number: int = 1, **changes: object) -> Row:
        return {
            "line_number": number,
            "product_id": f"P{number:05d}",
            "name": "Lamp",
            "quantity": 2,
            "unit_price": Decimal("10.00"),
            "unit_cost": Decimal("6.00"),
            "discount": Decimal("0.00"),
            "returned": False,
            **changes,
        }

    @staticmethod
    def order(number: int = 1, **changes: object) -> Row:
        return {
            "order_id": f"O{number:09d}",
            "customer_id": "C000001",
            "order_ts": instant(1, 12),
            "updated_at": instant(5),
            "status": "delivered",
            "currency": "EUR",
            "channel": "web",
            "items": [Orders.item()],
            "subtotal": Decimal("20.00"),
            "discount_total": Decimal("0.00"),
            "tax": Decimal("3.80"),
            "shipping_cost": Decimal("4.99"),
            "total": Decimal("28.79"),
            "payments": [
                {
                    "payment_id": "PAY1",
                    "method": "card",
                    "amount": Decimal("28.79"),
                    "paid_at": instant(1, 12, 5),
                    "status": "captured",
                }
            ],
            "shipping": {
                "method": "standard",
                "carrier": "DHL",
                "address": {"street": "Weg 1", "city": "Bonn", "postal_code": "53111", "country": "DE"},
                "shipped_at": instant(2, 12),
                "delivered_at": instant(4, 18),
            },
            "status_history": [
                {"status": "placed", "at": instant(1, 12)},
                {"status": "paid", "at": instant(1, 12, 5)},
                {"status": "packed", "at": instant(2)},
                {"status": "shipped", "at": instant(2, 12)},
                {"status": "delivered", "at": instant(4, 18)},
            ],
            "coupon_code": None,
            "notes": None,
            **changes,
        }


@pytest.fixture
def orders() -> Orders:
    return Orders()
