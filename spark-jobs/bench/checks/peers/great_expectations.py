"""Great Expectations: metrics bundled into few jobs, and one job more for each failing rule's 20 sample rows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from bench.checks.session import spark_session
from bench.checks.suite import ROW_KINDS, Check
from bench.checks.worker import Answer, Setup, work

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation  # type: ignore[import-not-found]  # only where this is run

_METRICS = {
    "min": "ExpectColumnMinToBeBetween",
    "max": "ExpectColumnMaxToBeBetween",
    "mean": "ExpectColumnMeanToBeBetween",
    "stddev": "ExpectColumnStdevToBeBetween",
    "sum": "ExpectColumnSumToBeBetween",
}


class GreatExpectations:
    """A whole-dataframe batch validated with `BASIC` results: the least that has counts."""

    name = "great-expectations"
    reasons = False

    def __init__(self, setup: Setup) -> None:
        os.environ["GX_ANALYTICS_ENABLED"] = "false"
        import great_expectations as gx  # type: ignore[import-not-found]

        self._spark = spark_session()
        self.version = version("great_expectations")
        self.engine = f"spark {self._spark.version}"
        self._parquet = str(setup.parquet)
        context = gx.get_context(mode="ephemeral")
        asset = context.data_sources.add_spark("bench").add_dataframe_asset("lineitem")
        self._definition = asset.add_batch_definition_whole_dataframe("whole")

    def can(self, check: Check) -> bool:
        return check.kind in ROW_KINDS or check.kind in {*_METRICS, "unique", "row_count"}

    def evaluate(self, checks: Sequence[Check]) -> list[Answer]:
        import great_expectations as gx

        frame = self._spark.read.parquet(self._parquet)
        batch = self._definition.get_batch(batch_parameters={"dataframe": frame})
        suite = gx.ExpectationSuite(name="bench", expectations=[_expectation(check) for check in checks])
        results = batch.validate(suite, result_format="BASIC").results
        found = {one.expectation_config.meta["id"]: one.result for one in results}
        return [_answer(check, found[check.id]) for check in checks]


def _expectation(check: Check) -> Expectation:
    import great_expectations.expectations as gxe

    name, arguments = _of_row(check) if check.kind in ROW_KINDS else _of_table(check)
    if check.kind in {*ROW_KINDS, *_METRICS} - {"at_most_column"}:
        arguments["column"] = check.columns[0]
    return getattr(gxe, name)(**arguments, meta={"id": check.id})


def _of_row(check: Check) -> tuple[str, dict[str, object]]:
    """Name and arguments of the expectation; nulls pass all of them but the first."""
    values = check.arguments
    match check.kind:
        case "not_null":
            return "ExpectColumnValuesToNotBeNull", {}
        case "between":
            return "ExpectColumnValuesToBeBetween", {"min_value": values[0], "max_value": values[1]}
        case "at_least":
            return "ExpectColumnValuesToBeBetween", {"min_value": values[0]}
        case "in_set":
            return "ExpectColumnValuesToBeInSet", {"value_set": list(values)}
        case "not_in_set":
            return "ExpectColumnValuesToNotBeInSet", {"value_set": list(values)}
        case "pattern":
            return "ExpectColumnValuesToMatchRegex", {"regex": values[0]}
        case "length_between":
            return "ExpectColumnValueLengthsToBeBetween", {"min_value": values[0], "max_value": values[1]}
        case _:
            pair = {"column_A": check.columns[1], "column_B": check.columns[0], "or_equal": True}
            return "ExpectColumnPairValuesAToBeGreaterThanB", pair | {"ignore_row_if": "either_value_is_missing"}


def _of_table(check: Check) -> tuple[str, dict[str, object]]:
    if check.kind == "unique":
        return "ExpectCompoundColumnsToBeUnique", {"column_list": list(check.columns)}
    if check.kind == "row_count":
        return "ExpectTableRowCountToEqual", {"value": check.arguments[0]}
    return _METRICS[check.kind], {"min_value": check.arguments[0], "max_value": check.arguments[0]}


def _answer(check: Check, result: dict[str, float]) -> Answer:
    if "unexpected_count" in result:
        return Answer(check.id, failed=int(result["unexpected_count"]))
    value = result.get("observed_value")
    return Answer(check.id, value=None if value is None else float(value))


if __name__ == "__main__":
    work(GreatExpectations)
