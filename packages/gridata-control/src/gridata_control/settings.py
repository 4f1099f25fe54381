"""Where everything lives: one frozen object made from the environment, with defaults below one home directory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gridata_contracts.errors import UsageError

CATALOG_NAME = "gridata"
"""Name of the Iceberg catalog; Spark and pyiceberg see the same tables only under the same name."""

_DEFAULT_HOME = ".gridata"


@dataclass(frozen=True)
class Settings:
    """Every address and folder a command or job needs.

    Attributes:
        home: absolute folder that holds all state of the embedded default.
        store_uri: landing store, `file:///folder` or `s3://bucket`.
        s3_endpoint: S3 endpoint other than AWS. Credentials come from the AWS default chain, never from here.
        warehouse_uri: root of the Iceberg tables' files.
        catalog_uri: SQLAlchemy URL of the Iceberg SQL catalog.
        ledger_url: SQLAlchemy URL of the ledger.
        batch_max_bytes: landed bytes after which a batch is closed; one larger file is a batch of its own.
        batch_max_files: number of files after which a batch is closed.
        sweep_interval_s: pause between two sweeps of `gridata sweep --watch`.
        settle_s: least time between the two sightings that make a directly dropped local file count.
        metadata_by: who tells the catalogs of a run: `job`, itself at its end, or `sweep`, for jobs that keep no disk.
        backup_uri: where backups lie, `file:///folder` or `s3://bucket/prefix`; None: nobody makes any.
        backup_vault: address of the Vault whose snapshot is part of a backup; None: there is none.
        backup_max_age_hours: since the end of the last good backup, at most; Prometheus is told, and alerts.
        spark_events_uri: `s3://bucket/prefix` of Spark's event logs; None: none are written.
        spark_events_days: how long the store keeps one.
        spark_history_url: Spark's history server as people reach it; jobs name their page there.
    """

    home: Path
    store_uri: str
    s3_endpoint: str | None
    warehouse_uri: str
    catalog_uri: str
    ledger_url: str = field(repr=False)  # may hold a password
    contracts_dir: Path
    pipelines_dir: Path
    datahub_url: str | None
    airflow_url: str | None
    airflow_user: str | None
    airflow_password: str | None = field(repr=False)
    batch_max_bytes: int = 8 * 2**30
    batch_max_files: int = 1000
    sweep_interval_s: float = 30.0
    settle_s: float = 1.0
    metadata_by: str = "job"
    backup_uri: str | None = None
    backup_vault: str | None = None
    backup_max_age_hours: int = 26
    spark_events_uri: str | None = None
    spark_events_days: int = 14
    spark_history_url: str | None = None
    catalog_name: str = CATALOG_NAME

    @classmethod
    def load(cls, home: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
        """Settings from `GRIDATA_*`; `home` wins over GRIDATA_HOME, which wins over `./.gridata`.

        Raises:
            UsageError: a value cannot be used, for example a store that is neither file:// nor s3://.
        """
        env = os.environ if environ is None else environ
        root = _absolute(home or Path(env.get("GRIDATA_HOME") or _DEFAULT_HOME))
        return cls(
            home=root,
            store_uri=_store_uri("GRIDATA_STORE", env.get("GRIDATA_STORE") or f"file://{root}/store"),
            s3_endpoint=env.get("GRIDATA_S3_ENDPOINT") or None,
            warehouse_uri=env.get("GRIDATA_WAREHOUSE") or f"file://{root}/warehouse",
            catalog_uri=env.get("GRIDATA_CATALOG_URI") or f"sqlite:///{root}/catalog.db",
            ledger_url=env.get("GRIDATA_LEDGER_URL") or f"sqlite:///{root}/ledger.db",
            contracts_dir=_data_dir(env.get("GRIDATA_CONTRACTS"), "contracts"),
            pipelines_dir=_data_dir(env.get("GRIDATA_PIPELINES"), "pipelines"),
            datahub_url=env.get("GRIDATA_DATAHUB_URL") or None,
            airflow_url=env.get("GRIDATA_AIRFLOW_URL") or None,
            airflow_user=env.get("GRIDATA_AIRFLOW_USER") or None,
            airflow_password=env.get("GRIDATA_AIRFLOW_PASSWORD") or None,
            batch_max_bytes=_whole(env, "GRIDATA_BATCH_MAX_BYTES", cls.batch_max_bytes),
            batch_max_files=_whole(env, "GRIDATA_BATCH_MAX_FILES", cls.batch_max_files),
            sweep_interval_s=_seconds(env, "GRIDATA_SWEEP_INTERVAL_S", cls.sweep_interval_s),
            settle_s=_seconds(env, "GRIDATA_SETTLE_S", cls.settle_s),
            metadata_by=_one_of(env, "GRIDATA_METADATA_BY", ("job", "sweep")),
            backup_uri=_store_uri("GRIDATA_BACKUP", env["GRIDATA_BACKUP"]) if env.get("GRIDATA_BACKUP") else None,
            backup_vault=env.get("GRIDATA_BACKUP_VAULT") or None,
            backup_max_age_hours=_whole(env, "GRIDATA_BACKUP_MAX_AGE_HOURS", cls.backup_max_age_hours),
            spark_events_uri=_bucket_uri(env, "GRIDATA_SPARK_EVENTS"),
            spark_events_days=_whole(env, "GRIDATA_SPARK_EVENTS_DAYS", cls.spark_events_days),
            spark_history_url=(env.get("GRIDATA_SPARK_HISTORY_URL") or "").rstrip("/") or None,
        )

    @property
    def backup_parts(self) -> tuple[str, ...]:
        """What a backup of these settings is made of; nothing where none is made."""
        if self.backup_uri is None:
            return ()
        return ("databases", "objects", "vault") if self.backup_vault else ("databases", "objects")

    @property
    def datahub_dir(self) -> Path:
        """Metadata files and the embedded catalog."""
        return self.home / "datahub"

    @property
    def reports_dir(self) -> Path:
        """One JSON report per job run."""
        return self.home / "reports"

    @property
    def metrics_dir(self) -> Path:
        """Prometheus text files of job runs."""
        return self.home / "metrics"

    def environment(self) -> dict[str, str]:
        """The same settings as GRIDATA_* variables, for a subprocess. Holds the ledger's and Airflow's password."""
        values = {
            "GRIDATA_HOME": str(self.home),
            "GRIDATA_STORE": self.store_uri,
            "GRIDATA_S3_ENDPOINT": self.s3_endpoint,
            "GRIDATA_WAREHOUSE": self.warehouse_uri,
            "GRIDATA_CATALOG_URI": self.catalog_uri,
            "GRIDATA_LEDGER_URL": self.ledger_url,
            "GRIDATA_CONTRACTS": str(self.contracts_dir),
            "GRIDATA_PIPELINES": str(self.pipelines_dir),
            "GRIDATA_DATAHUB_URL": self.datahub_url,
            "GRIDATA_AIRFLOW_URL": self.airflow_url,
            "GRIDATA_AIRFLOW_USER": self.airflow_user,
            "GRIDATA_AIRFLOW_PASSWORD": self.airflow_password,
            "GRIDATA_BATCH_MAX_BYTES": str(self.batch_max_bytes),
            "GRIDATA_BATCH_MAX_FILES": str(self.batch_max_files),
            "GRIDATA_SWEEP_INTERVAL_S": str(self.sweep_interval_s),
            "GRIDATA_SETTLE_S": str(self.settle_s),
            "GRIDATA_METADATA_BY": self.metadata_by,
            "GRIDATA_BACKUP": self.backup_uri,
            "GRIDATA_BACKUP_VAULT": self.backup_vault,
            "GRIDATA_BACKUP_MAX_AGE_HOURS": str(self.backup_max_age_hours),
            "GRIDATA_SPARK_EVENTS": self.spark_events_uri,
            "GRIDATA_SPARK_EVENTS_DAYS": str(self.spark_events_days),
            "GRIDATA_SPARK_HISTORY_URL": self.spark_history_url,
        }
        return {name: value for name, value in values.items() if value is not None}


def _absolute(path: Path) -> Path:
    return path.expanduser().resolve()


def _store_uri(name: str, uri: str) -> str:
    scheme, separator, rest = uri.partition("://")
    if not separator or scheme not in ("file", "s3") or not rest or (scheme == "file" and not rest.startswith("/")):
        raise UsageError(f"{name}: got {uri!r}, allowed file:///<folder> or s3://<bucket>.")
    return uri.rstrip("/")


def _bucket_uri(env: Mapping[str, str], name: str) -> str | None:
    uri = (env.get(name) or "").rstrip("/")
    scheme, _, rest = uri.partition("://")
    bucket, _, prefix = rest.partition("/")
    if uri and not (scheme == "s3" and bucket and prefix):
        raise UsageError(f"{name}: got {uri!r}, allowed s3://<bucket>/<prefix>: what lies beside it is left alone.")
    return uri or None


def _data_dir(given: str | None, name: str) -> Path:
    """`data/<name>` of the repository around the current folder, else of the one this package was installed from."""
    if given:
        return _absolute(Path(given))
    starts = (Path.cwd(), Path(__file__).resolve())
    candidates = (folder / "data" / name for start in starts for folder in (start, *start.parents))
    return next((path for path in candidates if path.is_dir()), Path.cwd() / "data" / name)


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    text = env.get(name) or allowed[0]
    if text not in allowed:
        raise UsageError(f"{name}: got {text!r}, allowed {' or '.join(allowed)}.")
    return text


def _whole(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise UsageError(f"{name}: got {text!r}, allowed a whole number from 1.")
    return int(text)


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise UsageError(f"{name}: got {text!r}, allowed seconds from 0.")
    return value
