"""Reading inside Spark: each task takes spans of staged files and reads them with the same code as the duckdb lane.

Spark's own text source numbers no rows, skips `_x.jsonl` and cannot say which cast it forgave. So the driver cuts the
staged files into spans (it counts records anyway) and the workers read their byte ranges (of copies, where they are on
other machines than the driver: `spark_copies`): record numbers are exact,
work is spread by span, and values equal the other lane's by construction. Only `mapInArrow` is used: no RDD.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from gridata_contracts.emit import spark_ddl
from gridata_contracts.model import Check, Contract
from gridata_jobs.lanes.spark_copies import Landed
from gridata_jobs.quarantine import Explainer, Rejected, to_text
from gridata_jobs.read.blocks import Span
from gridata_jobs.read.duck import Duck
from gridata_jobs.read.open import open_source
from gridata_jobs.read.source import EXTRA, ROW_NUMBER, FileRefusedError, Source, row_schema
from gridata_jobs.read.staging import Staged

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SPAN = "_span"
REFUSED = "_refused"
_BATCH_ROWS = 10_000
_TASKS_PER_CORE = 4

Batches = Iterable[pa.RecordBatch]


@dataclass(frozen=True)
class Piece:
    """One span of one staged file; its place in the list of pieces is its `_span` number.

    Attributes:
        position: of the file in its batch.
        staged: the driver's file.
        landed: where tasks on other machines get theirs; None: they share the driver's.
    """

    position: int
    staged: Staged
    span: Span
    landed: Landed | None = None


def read_schema(contract: Contract) -> pa.Schema:
    """Rows as they come from the workers: span number, row columns, and for refused records why.

    `_refused` is null for a row, the JSON of a Rejected for a record, and has no row number for a whole file.
    """
    return pa.schema([pa.field(SPAN, pa.int32()), *row_schema(contract), pa.field(REFUSED, pa.string())])


def reader(contract: Contract, pieces: Sequence[Piece]) -> Callable[[Batches], Batches]:
    """A function for `mapInArrow` over span numbers: their rows and refused records."""

    def read(batches: Batches) -> Batches:
        with _Sources(contract, pieces) as sources:
            explainer, schema = Explainer(contract), read_schema(contract)
            for number in _numbers(batches):
                try:
                    source, span = sources.of(number), pieces[number].span
                    block = source.read(span)
                except FileRefusedError as error:
                    yield from _refused_batches(number, [Rejected(None, (error.reason,))], schema)
                    continue
                rows = block.rows.append_column(SPAN, _constant(number, len(block.rows)))
                rows = rows.append_column(REFUSED, pa.nulls(len(rows), pa.string()))
                yield from rows.select(schema.names).cast(schema).combine_chunks().to_batches(_BATCH_ROWS)
                refused = [explainer.refused(raw) for raw in source.records(span, block.refused)]
                yield from _refused_batches(number, refused, schema)

    return read


def read_rows(spark: SparkSession, contract: Contract, pieces: Sequence[Piece]) -> DataFrame:
    """Every record of the pieces, in `read_schema`'s columns, read by the executors."""
    from pyspark.sql import functions as F  # noqa: N812 - the name everybody knows

    cores = spark.sparkContext.defaultParallelism if hasattr(spark, "sparkContext") else 2
    tasks = max(1, min(len(pieces), _TASKS_PER_CORE * cores))
    spans = spark.range(0, len(pieces), 1, tasks).select(F.col("id").cast("int").alias(SPAN))
    # Uncompressed: compressing rows that are read twice and thrown away cost a third of the check.
    spark.conf.set("spark.sql.inMemoryColumnarStorage.compressed", "false")
    columns = f"{SPAN} int, {ROW_NUMBER} bigint, {spark_ddl.schema(contract)}, {EXTRA} string, {REFUSED} string"
    return spans.mapInArrow(reader(contract, pieces), columns)


def explainer_of_broken(
    contract: Contract, pieces: Sequence[Piece], checks: Sequence[Check]
) -> Callable[[Batches], Batches]:
    """A function for `mapInArrow` over (`_span`, `broken`: rows with the positions of their broken checks).

    Gives `_span` and `_rejected`, the JSON of each Rejected: the second, cheap pass that fetches records' own text.
    """

    def explain(batches: Batches) -> Batches:
        with _Sources(contract, pieces) as sources:
            explainer = Explainer(contract)
            for batch in batches:
                for each in batch.to_pylist():
                    broken = {b["row"]: [checks[i] for i in sorted(b["checks"])] for b in each["broken"]}
                    raws = sources.of(each[SPAN]).records(pieces[each[SPAN]].span, sorted(broken))
                    texts = [to_text(explainer.broken(raw, broken[raw.row])) for raw in raws]
                    yield pa.RecordBatch.from_pydict({SPAN: _constant(each[SPAN], len(texts)), "_rejected": texts})

    return explain


class _Sources:
    """Open sources of one task, by file."""

    def __init__(self, contract: Contract, pieces: Sequence[Piece]) -> None:
        self._contract, self._pieces = contract, pieces
        self._open: dict[int, Source] = {}

    def __enter__(self) -> _Sources:
        self._duck = Duck(threads=1)
        return self

    def __exit__(self, *_: object) -> None:
        self._duck.close()

    def of(self, number: int) -> Source:
        piece = self._pieces[number]
        if piece.position not in self._open:
            staged = piece.landed.copy() if piece.landed is not None else piece.staged
            self._open[piece.position] = open_source(staged, self._contract, self._duck)
        return self._open[piece.position]


def _numbers(batches: Batches) -> Iterator[int]:
    for batch in batches:
        yield from map(int, batch.column(0).to_numpy())


def _refused_batches(number: int, refused: Sequence[Rejected], schema: pa.Schema) -> Batches:
    if refused:
        columns: Mapping[str, pa.Array[pa.Scalar[pa.DataType]]] = {
            SPAN: _constant(number, len(refused)),
            "_row_number": pa.array([each.row for each in refused], pa.int64()),
            REFUSED: pa.array([to_text(each) for each in refused]),
        }
        arrays = [columns.get(f.name, pa.nulls(len(refused), f.type)) for f in schema]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _constant(number: int, count: int) -> pa.Array[pa.Int32Scalar]:
    return pa.repeat(pa.scalar(number, pa.int32()), count)
