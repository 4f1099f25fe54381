"""A session that does not start is the machine's or the cluster's doing, so a retry may help."""

from __future__ import annotations

from typing import Self
from unittest.mock import Mock

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

import gridata_jobs.spark as module
from gridata_contracts.errors import TransientError
from gridata_control.settings import Settings


class Builder:
    """Takes every setting and starts nothing."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def appName(self, _: str) -> Self:  # noqa: N802 # Spark's name
        return self

    def config(self, *_: str) -> Self:
        return self

    def getOrCreate(self) -> SparkSession:  # noqa: N802 # Spark's name
        raise self._error


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PySparkRuntimeError("no gateway"), "got no JVM"),
        (Py4JJavaError("The API server did not answer", Mock(_target_id="o1")), "got no context from Spark"),
    ],
)
def test_a_session_that_does_not_start_may_start_on_the_next_try(
    monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    monkeypatch.setattr(SparkSession, "builder", Builder(error))
    monkeypatch.setattr(SparkSession, "getActiveSession", lambda: None)
    monkeypatch.setattr(module, "jar_paths", list)

    with pytest.raises(TransientError, match=says), module.spark_session(Settings.load(environ={}), "test"):
        pass
