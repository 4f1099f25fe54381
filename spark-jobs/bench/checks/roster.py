"""Who takes part: each tool with the versions it is run with, in an environment of its own.

Databricks' DQX is not here: its licence allows it on Databricks only. Soda Core is version 3, the last under
Apache-2.0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.metadata import version

from gridata_jobs.jars import Jar

OURS = "gridata"
COPIES = "plain copy"
_SPARK = f"pyspark=={version('pyspark')}"  # what we run ourselves
_DUCKDB = f"duckdb=={version('duckdb')}"
_SPARK_3 = ("pyspark==3.5.9", "setuptools<81")  # PySpark 3.5 still asks for distutils
_FRAMES = ("pandas==2.3.3", "pyarrow==22.0.0")
_DEEQU = Jar(
    "com.amazon.deequ",
    "deequ",
    "2.1.0-spark-3.5",  # the newest on Maven Central, where no build for Spark 4 is
    "ab902814dec56dc39ff16d1c5c80e7101a5dff8c1aa380fdafce522da1cd1546",
)


@dataclass(frozen=True)
class Entry:
    """One tool on one engine.

    Attributes:
        name: the tool's.
        module: script in `bench.checks.peers`, or `bench.checks.ours`.
        engine: `spark` or `duckdb`.
        requirements: of its environment; none means ours.
        jar: for Spark's class path.
        splits: whether it can part good rows from bad ones.
    """

    name: str
    module: str
    engine: str
    requirements: tuple[str, ...] = ()
    jar: Jar | None = None
    splits: bool = False


ENTRIES = (
    Entry(OURS, "ours", "duckdb", splits=True),
    Entry(OURS, "ours", "spark", splits=True),
    Entry("cuallee", "peers.cuallee", "duckdb", ("cuallee==0.15.4", _DUCKDB, *_FRAMES)),
    Entry("cuallee", "peers.cuallee", "spark", ("cuallee==0.15.4", _SPARK, *_FRAMES)),
    Entry("great-expectations", "peers.great_expectations", "spark", ("great-expectations==1.24.1", _SPARK)),
    Entry("deequ", "peers.deequ", "spark", ("pydeequ==1.7.0", *_SPARK_3, *_FRAMES), _DEEQU, splits=True),
    Entry("sparkdq", "peers.sparkdq", "spark", ("sparkdq==0.12.1", *_SPARK_3), splits=True),
    Entry("soda-core", "peers.soda", "duckdb", ("soda-core-duckdb==3.5.6", "duckdb==1.0.0")),
    Entry("soda-core", "peers.soda", "spark", ("soda-core-spark-df==3.5.6", *_SPARK_3)),
)


def entries(names: list[str] | None) -> list[Entry]:
    """The plain copies of every engine in use, then those who take part, all or by name.

    Raises:
        SystemExit: nobody has one of the names.
    """
    known = list(dict.fromkeys(entry.name for entry in ENTRIES))
    if unknown := set(names or ()) - set(known):
        raise SystemExit(f"--peers: got {', '.join(sorted(unknown))}, allowed {', '.join(known)}.")
    chosen = [entry for entry in ENTRIES if not names or entry.name in names]
    return [*dict.fromkeys(map(_copy, chosen)), *chosen]


def _copy(entry: Entry) -> Entry:
    """The plain copy with the engine that this entry runs on."""
    package = {"spark": "pyspark", "duckdb": "duckdb"}[entry.engine]
    mine = [name for name in entry.requirements if name.startswith((f"{package}==", "setuptools"))]
    ours = (_SPARK,) if entry.engine == "spark" else (_DUCKDB,)
    return replace(Entry(COPIES, "peers.plain_copy", entry.engine), requirements=tuple(mine) or ours)
