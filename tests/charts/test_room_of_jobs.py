"""Whether what Airflow starts at once fits into a domain's quota, computed from the rendered objects."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from chart_objects import by_kind

pytestmark = pytest.mark.charts

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = (None, *sorted(path.parent.name for path in (ROOT / "helm/values").glob("*/gridata.yaml")))
OVERHEAD = 1.4  # of the heap, spark.kubernetes.memoryOverheadFactor for Python's workers; the operator has the same
Object = dict[str, Any]
Render = Callable[..., list[Object]]


@dataclass(frozen=True)
class Room:
    """What pods ask for, or may."""

    cpu: float
    memory_gib: float
    pods: float

    def __add__(self, other: Room) -> Room:
        return Room(self.cpu + other.cpu, self.memory_gib + other.memory_gib, self.pods + other.pods)

    def __rmul__(self, times: int) -> Room:
        return Room(times * self.cpu, times * self.memory_gib, times * self.pods)

    def fits(self, into: Room) -> bool:
        return self.cpu <= into.cpu and self.memory_gib <= into.memory_gib and self.pods <= into.pods


@dataclass(frozen=True)
class Case:
    """A profile in a domain: pods of one driver, one executor, one job of DuckDB, and what the domain has of all."""

    name: str
    quota: Room
    at_once: dict[str, int]
    driver: Room
    executor: Room
    duckdb: Room


@pytest.fixture(params=ENVIRONMENTS, ids=str)
def cases(request: pytest.FixtureRequest, render: Render) -> list[Case]:
    """Every domain, profile and back end of an environment."""
    return list(_cases(render("gridata", values=request.param)))


def _cases(objects: list[Object]) -> Iterator[Case]:
    documents = next(each["data"] for each in by_kind(objects, "ConfigMap") if "profiles.yaml" in each["data"])
    pools = json.loads(documents["pools.json"])
    spark = next(each["data"] for each in by_kind(objects, "ConfigMap") if "spark-defaults.conf" in each["data"])
    assert f"spark.kubernetes.memoryOverheadFactor {OVERHEAD - 1:.1f}" in spark["spark-defaults.conf"]
    for quota in by_kind(objects, "ResourceQuota"):
        domain = quota["metadata"]["namespace"].removeprefix("gridata-")
        hard = quota["spec"]["hard"]
        room = Room(cores(hard["requests.cpu"]), gibibytes(hard["requests.memory"]), float(hard["pods"]))
        at_once = {engine: pools[f"{engine}-{domain}"]["slots"] for engine in ("duckdb", "spark")}
        for name, profile in yaml.safe_load(documents["profiles.yaml"]).items():
            for backend, of in (("pod", of_a_pod), ("spark-application", of_an_application)):
                driver, executor = of(profile)
                yield Case(f"{domain} {name} {backend}", room, at_once, driver, executor, asked(profile["resources"]))


def of_a_pod(profile: Object) -> tuple[Room, Room]:
    """A driver without an operator and its executors, from its `sparkPod`."""
    conf = profile["sparkPod"]["conf"]
    cpu = conf.get("spark.kubernetes.executor.request.cores") or conf.get("spark.executor.cores", "1")
    return asked(profile["sparkPod"]["resources"]), of_spark(cpu, conf["spark.executor.memory"])


def of_an_application(profile: Object) -> tuple[Room, Room]:
    """Those that the operator makes."""
    parts = [profile["sparkApplication"][part] for part in ("driver", "executor")]
    driver, executor = (of_spark(part.get("coreRequest", part["cores"]), part["memory"]) for part in parts)
    return driver, executor


def of_spark(cpu: object, heap: str) -> Room:
    return Room(cores(cpu), gibibytes(heap) * OVERHEAD, 1)


def asked(resources: Object) -> Room:
    return Room(cores(resources["requests"]["cpu"]), gibibytes(resources["requests"]["memory"]), 1)


def cores(text: object) -> float:
    said = str(text)
    return float(said[:-1]) / 1000 if said.endswith("m") else float(said)


def gibibytes(text: str) -> float:
    """Of `4Gi` and `1536Mi` as Kubernetes writes them, of `4g` and `2500m` as Spark does."""
    number, unit = re.fullmatch(r"(\d+)(Gi|Mi|g|m)", text).groups()  # type: ignore[union-attr]
    return float(number) / (1024 if unit in ("Mi", "m") else 1)


def test_as_many_drivers_as_start_at_once_have_room_for_an_executor_each(cases: list[Case]) -> None:
    for case in cases:
        assert (case.at_once["spark"] * (case.driver + case.executor)).fits(case.quota), case


def test_were_all_jobs_that_start_at_once_drivers_one_still_gets_an_executor_so_all_end_in_turn(
    cases: list[Case],
) -> None:
    """A batch may turn out to need Spark although its task waited in DuckDB's pool. One executor is enough to end."""
    for case in cases:
        assert (sum(case.at_once.values()) * case.driver + case.executor).fits(case.quota), case


def test_as_many_jobs_of_duckdb_as_start_at_once_have_room(cases: list[Case]) -> None:
    for case in cases:
        assert (case.at_once["duckdb"] * case.duckdb).fits(case.quota), case


def test_a_driver_and_two_executors_have_room_in_every_domain(cases: list[Case]) -> None:
    for case in cases:
        assert (case.driver + 2 * case.executor).fits(case.quota), case


def test_both_back_ends_give_an_executor_the_same_memory(cases: list[Case]) -> None:
    by_backend = [(case.name.rpartition(" ")[0], case.executor.memory_gib) for case in cases]

    assert len(set(by_backend)) == len(by_backend) / 2


def test_every_domain_has_a_pool_of_each_engine_that_counts_jobs_whose_tasks_are_deferred(render: Render) -> None:
    domains = 'jobs.domains={"platform": null, "shop": {"quota": {"pods": "9"}, "atOnce": {"duckdb": 5, "spark": 2}}}'
    (found,) = [each for each in by_kind(render("gridata", domains), "ConfigMap") if "pools.json" in each["data"]]

    pools = json.loads(found["data"]["pools.json"])

    assert {name: pool["slots"] for name, pool in pools.items()} == {"duckdb-shop": 5, "spark-shop": 2}
    assert all(pool["include_deferred"] is True for pool in pools.values())
