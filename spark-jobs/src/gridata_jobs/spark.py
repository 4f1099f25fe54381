"""One way to get a Spark session: local by default, bound to the catalog both lanes share.

Nothing here or in the jobs uses RDDs or the JVM gateway, so the same code runs over Spark Connect.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from sqlalchemy.engine import URL, make_url

from gridata_contracts.errors import TransientError, UsageError
from gridata_control.catalog import open_catalog
from gridata_control.settings import Settings
from gridata_jobs.jars import jar_paths
from gridata_jobs.spark_events.sender import event_log

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

logger = logging.getLogger(__name__)

DRIVER_MEMORY = "GRIDATA_SPARK_DRIVER_MEMORY"
"""Variable with the driver's heap, such as `4g`; in local mode the whole engine lives in it."""
MASTER = "GRIDATA_SPARK_MASTER"
"""Variable with the master URL; `local[*]` when unset. With `k8s://…` this process is the driver and asks for executors
that look as spark-defaults.conf of SPARK_CONF_DIR says."""
CONF = "GRIDATA_SPARK_CONF"
"""Variable with further settings of Spark, a line each: `spark.executor.memory=2g`."""

_BUSY_TIMEOUT_MS = 60_000
_S3_REGION = "us-east-1"
_SUBMITTED = "PYSPARK_GATEWAY_PORT"  # set by spark-submit: master, jars and memory are already decided


@contextmanager
def spark_session(settings: Settings, app: str) -> Iterator[SparkSession]:
    """A Spark session with the catalog `settings.catalog_name`, stopped when the block ends.

    UTC, ANSI mode, Arrow, no UI, errors only on standard error; an event log where the settings name a place for it.
    Under spark-submit (Kubernetes) master, memory and jars are the submitter's. Starting costs 4 to 6 s. Inside another
    session's block this is a new session of the same engine with its own catalog, and the engine lives on.

    Args:
        settings: warehouse, catalog database and S3 endpoint.
        app: name shown in Spark's own listings.

    Raises:
        TransientError: the JVM or Spark's context in it did not start, or jars could not be fetched.
    """
    from pyspark.sql import SparkSession

    _silence_query_values()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else workers start whatever python3 the PATH has
    running = SparkSession.getActiveSession()
    if running is not None:
        spark = running.newSession()
        attach_catalog(spark, settings)
        yield spark
        return
    log4j2 = files("gridata_jobs").joinpath("log4j2.properties")
    with event_log(settings) as events, as_file(log4j2) as log_config:
        builder = SparkSession.builder.appName(app)
        for key, value in {**_session_conf(settings), **events, **_launch_conf(str(log_config))}.items():
            builder = builder.config(key, value)
        spark = _started(builder, app)
        try:
            _tell_history(spark, settings)
            attach_catalog(spark, settings)
            yield spark
        finally:
            spark.stop()


def _started(builder: SparkSession.Builder, app: str) -> SparkSession:
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkRuntimeError

    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        raise TransientError(
            f"spark session {app}: got no JVM, allowed Java 17 or 21 and free memory. Check `java -version` and "
            f"{DRIVER_MEMORY}."
        ) from error
    except Py4JJavaError as error:  # a busy API server that does not answer its driver in ten seconds, most of all
        raise TransientError(
            f"spark session {app}: got no context from Spark, whose log above says why. Try again; if it says the same "
            f"then, check {MASTER} and {CONF}."
        ) from error


def _tell_history(spark: SparkSession, settings: Settings) -> None:
    """One line of the job's log says where its stages, tasks and executors can be looked at."""
    if settings.spark_events_uri is None:
        return
    application = spark.conf.get("spark.app.id")
    where = f"{settings.spark_history_url}/history/{application}/jobs/" if settings.spark_history_url else application
    logger.info("spark history: %s", where, extra={"spark_application": application})


def attach_catalog(spark: SparkSession, settings: Settings) -> None:
    """Name the shared Iceberg catalog in this session and make it current.

    Set on the running session, not at its start: a password on a command line is seen by every user of the machine.
    """
    open_catalog(settings)  # creates the database with its two tables and, on SQLite, its journal mode
    prefix = f"spark.sql.catalog.{settings.catalog_name}"
    spark.conf.set(prefix, "org.apache.iceberg.spark.SparkCatalog")
    for key, value in {**_catalog_database(settings.catalog_uri), **_storage(settings)}.items():
        spark.conf.set(f"{prefix}.{key}", value)
    # A statement, not `spark.catalog.setCurrentCatalog`: that reads the settings of whichever session is active.
    spark.sql(f"USE {settings.catalog_name}")


def _session_conf(settings: Settings) -> dict[str, str]:
    return {
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.warehouse.dir": f"file://{settings.home}/spark",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        **_named_secrets(settings),
    }


def _named_secrets(settings: Settings) -> dict[str, str]:
    """Names of the catalog's secrets, still without a value.

    An event log redacts of each job's properties only those whose name the context knew when it started
    (EventLoggingListener.redactProperties); the value comes with the catalog, later.
    """
    names = (name for name in _catalog_database(settings.catalog_uri) if name.endswith("password"))
    return {f"spark.sql.catalog.{settings.catalog_name}.{name}": "" for name in names}


def _launch_conf(log_config: str) -> dict[str, str]:
    if _SUBMITTED in os.environ:
        return {}
    master, jars = os.environ.get(MASTER) or "local[*]", jar_paths()
    launch = {
        "spark.master": master,
        "spark.driver.memory": os.environ.get(DRIVER_MEMORY) or "2g",
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile=file:{log_config} -Duser.timezone=UTC",
    }
    if not is_local(master):  # executors have the same image, with the same jars, and come to this pod's address
        address, classpath = socket.gethostbyname(socket.gethostname()), ":".join(map(str, jars))
        launch |= {"spark.driver.host": address, "spark.driver.bindAddress": address}
        launch |= {"spark.driver.extraClassPath": classpath, "spark.executor.extraClassPath": classpath}
        if master.startswith("k8s://"):  # a pod's name is its host's: executors end with it, and are called after it
            pod = socket.gethostname()
            launch |= {"spark.kubernetes.driver.pod.name": pod, "spark.kubernetes.executor.podNamePrefix": pod}
    else:
        launch |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        launch["spark.jars"] = ",".join(path.as_uri() for path in jars)
        # 200 tasks per shuffle are start-up cost on a few cores; adaptive execution splits what is skewed.
        launch["spark.sql.shuffle.partitions"] = str(2 * (os.cpu_count() or 1))
    return launch | _further_conf()


def is_local(master: str) -> bool:
    """Tasks run in the driver's own process and see its disk."""
    return master == "local" or master.startswith("local[")


def _further_conf() -> dict[str, str]:
    lines = [line for line in (os.environ.get(CONF) or "").splitlines() if line.strip()]
    pairs = [line.partition("=") for line in lines]
    for name, separator, _ in pairs:
        if not separator or not name.strip().startswith("spark."):
            raise UsageError(f"{CONF}: got a line that begins with {name.strip()!r}, allowed spark.<name>=<value>.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _catalog_database(catalog_uri: str) -> dict[str, str]:
    """The SQLAlchemy URL as the settings of Iceberg's JDBC catalog."""
    url = make_url(catalog_uri)
    # No cache: pyiceberg commits to the same tables, and a cached one would show its past for 30 s.
    properties = {"type": "jdbc", "jdbc.schema-version": "V1", "cache-enabled": "false"}
    match url.get_backend_name():
        case "sqlite" if url.database:
            # Several processes write the catalog: wait for the lock instead of failing at once.
            return {**properties, "uri": f"jdbc:sqlite:{url.database}?busy_timeout={_BUSY_TIMEOUT_MS}"}
        case "postgresql":
            return {**properties, "uri": _postgres_jdbc(url), **_postgres_login(url)}
        case other:
            raise UsageError(
                f"catalog_uri: got {other!r}, allowed sqlite:///<path> or postgresql+psycopg2://…. "
                "Set GRIDATA_CATALOG_URI."
            )


def _postgres_jdbc(url: URL) -> str:
    query = "&".join(f"{key}={value}" for key, value in url.query.items() if isinstance(value, str))
    return f"jdbc:postgresql://{url.host or 'localhost'}:{url.port or 5432}/{url.database or ''}" + (
        f"?{query}" if query else ""
    )


def _postgres_login(url: URL) -> dict[str, str]:
    login = {"jdbc.user": url.username, "jdbc.password": url.password}
    return {key: value for key, value in login.items() if value is not None}


def _storage(settings: Settings) -> dict[str, str]:
    """Where tables lie; S3 credentials come from the AWS default chain, which also refreshes them."""
    warehouse = settings.warehouse_uri.rstrip("/")
    if not warehouse.startswith("s3://"):
        return {"warehouse": warehouse}
    properties = {
        "warehouse": warehouse,
        "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "client.region": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or _S3_REGION,
    }
    if settings.s3_endpoint:
        properties |= {"s3.endpoint": settings.s3_endpoint, "s3.path-style-access": "true"}
    return properties


def _silence_query_values() -> None:
    """Keep Spark's own error log quiet: its messages quote values of rows, ours do not."""
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
