"""The whole path on a real cluster: files dropped into MinIO become tables, whatever happens to pods meanwhile."""

from __future__ import annotations

from itertools import pairwise

import pytest
from k8s_e2e.cluster import Cluster, Object, wait_for
from k8s_e2e.installation import JOBS, NAMESPACE, Installation
from k8s_e2e.report import Report
from k8s_e2e.samples import SAMPLES, customers, orders

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(1200)]

SPARK_S = 600.0
"""Time that a job of Spark may take on a small node on which other jobs run."""


def test_a_small_file_becomes_rows_by_a_pod_of_the_duckdb_lane(platform: Installation, report: Report) -> None:
    platform.drop({"customers/v1/first.csv": customers("C000001", "C000002", "nobody")})

    (file,) = platform.published("customers/v1/first.csv", 1)

    assert (file["rows_in"], file["valid"], file["rejected"]) == (3, 2, 1)
    assert platform.rows("ecommerce_bronze.customers_v1") == 2
    assert platform.rows("ecommerce_quarantine.customers_v1") == 1
    at = platform.instants(file["batch_id"])
    hops = ("landed", "seen", "batched", "dispatched", "published")
    for before, after in pairwise(hops):
        report.add(f"duckdb_{before}_to_{after}_s", (at[after] - at[before]).total_seconds())
    report.add("duckdb_put_to_published_s", (at["published"] - at["landed"]).total_seconds())


def test_orders_become_silver_and_gold_by_spark_with_executors_as_pods(
    platform: Installation, cluster: Cluster, report: Report
) -> None:
    platform.drop({"orders/v1/first.jsonl": orders(1, 50)})
    platform.published("orders/v1/first.jsonl", 1)

    with report.timed("spark_published_to_silver_s"):
        wait_for("orders in silver", lambda: _rows_or_none(platform, "ecommerce_silver.orders") == 50, SPARK_S)

    executors = cluster.get("events", JOBS)
    assert any("-exec-" in event["involvedObject"]["name"] for event in executors)
    wait_for("the orders' sales in gold", lambda: _rows_or_none(platform, "ecommerce_gold.daily_sales"), SPARK_S)


def test_the_history_server_shows_the_spark_job_as_completed_from_its_log_in_the_store(platform: Installation) -> None:
    def completed() -> list[Object]:
        ended = [each for each in platform.applications() if each["attempts"][0]["completed"]]
        return [each for each in ended if each["name"] == "process_orders"]

    application = wait_for("process_orders in the history server", completed, 120)[0]

    with platform.landing() as s3:
        prefix = f"spark-events/eventlog_v2_{application['id']}/"
        listed = s3.list_objects_v2(Bucket="logs", Prefix=prefix)["Contents"]
    names = {entry["Key"].removeprefix(prefix) for entry in listed}
    assert {f"appstatus_{application['id']}", f"events_1_{application['id']}.zstd"} <= names


@pytest.mark.thorough
def test_a_file_of_the_spark_lane_is_read_by_executors_that_fetch_it(
    platform: Installation, cluster: Cluster, report: Report
) -> None:
    with report.timed("spark_lane_put_to_published_s"):
        platform.drop({"clickstream/v1/first.jsonl.gz": SAMPLES / "clickstream/v1/samples/valid/clickstream.jsonl.gz"})
        (file,) = platform.published("clickstream/v1/first.jsonl.gz", 1, within_s=SPARK_S)

    (pod,) = platform.attempts("clickstream/v1/first.jsonl.gz")
    names = {event["involvedObject"]["name"] for event in cluster.get("events", JOBS)}
    assert f"{pod['metadata']['name']}-exec-1" in names
    assert platform.rows("ecommerce_bronze.clickstream_v1") == file["valid"] > 0


def test_metadata_outlives_every_pod(platform: Installation, cluster: Cluster) -> None:
    def tables() -> set[str] | None:
        told = {each["dataset"] for each in platform.gridata_command("catalog", "ls")["datasets"]}
        return told if "ecommerce_silver.orders" in told else None

    before = wait_for("the catalog to know silver", tables, 60)
    cluster.kubectl("delete", "pod", "--namespace", NAMESPACE, "--selector", "app.kubernetes.io/component=sweep")
    platform.wait_ready()

    assert before <= wait_for("the catalog of the new pod", tables, 60)
    assert {"ecommerce_bronze.customers_v1", "ecommerce_quarantine.customers_v1"} <= before


@pytest.mark.thorough
def test_twenty_files_at_once_are_all_published_once(platform: Installation, report: Report) -> None:
    with report.timed("twenty_files_s"):
        platform.drop({f"customers/v1/many-{i:02d}.csv": customers(f"C1{i:05d}", f"C2{i:05d}") for i in range(20)})
        files = platform.published("customers/v1/many-", 20)

    assert sum(file["valid"] for file in files) == 40
    assert platform.rows("ecommerce_bronze.customers_v1", "customer_id LIKE 'C1%' OR customer_id LIKE 'C2%'") == 40


def test_a_job_whose_pod_is_killed_is_run_again_and_publishes_once(platform: Installation, cluster: Cluster) -> None:
    platform.drop({"customers/v1/killed.csv": customers("C300001")})
    pod = platform.going("customers/v1/killed.csv")["metadata"]

    cluster.kubectl("delete", "pod", pod["name"], "--namespace", JOBS, "--grace-period=0", "--force")

    platform.published("customers/v1/killed.csv", 1, within_s=420)
    assert platform.rows("ecommerce_bronze.customers_v1", "customer_id = 'C300001'") == 1
    successors = {each["metadata"]["uid"] for each in platform.attempts("customers/v1/killed.csv")}
    assert successors
    assert pod["uid"] not in successors


@pytest.mark.thorough
def test_a_batch_in_flight_waits_for_a_cordoned_node(platform: Installation, cluster: Cluster) -> None:
    nodes = [each["metadata"]["name"] for each in cluster.get("nodes") if not each["spec"].get("unschedulable")]
    try:
        for node in nodes:
            cluster.kubectl("cordon", node)
        platform.drop({"customers/v1/cordoned.csv": customers("C400001")})
        wait_for("a job without a node", lambda: _pending(platform, "customers/v1/cordoned.csv"), 120)
        assert platform.files("customers/v1/cordoned.csv")[0]["state"] != "PUBLISHED"
    finally:
        for node in nodes:
            cluster.kubectl("uncordon", node)

    platform.published("customers/v1/cordoned.csv", 1)
    assert platform.rows("ecommerce_bronze.customers_v1", "customer_id = 'C400001'") == 1


def test_the_books_are_right_after_all_that(platform: Installation) -> None:
    proof = platform.gridata_command("verify")

    assert proof["violations"] == []
    assert proof["ok"]


def test_nothing_is_left_of_it(platform: Installation, cluster: Cluster) -> None:
    platform.remove()

    left = [each for each in cluster.get("namespaces") if each["metadata"]["name"].startswith(NAMESPACE)]
    assert left == []
    wait_for("volumes to go", lambda: not _volumes(cluster), 120)


def _volumes(cluster: Cluster) -> list[Object]:
    claims = [each["spec"].get("claimRef", {}) for each in cluster.get("persistentvolumes")]
    return [claim for claim in claims if claim.get("namespace", "").startswith(NAMESPACE)]


def _pending(platform: Installation, key: str) -> bool:
    return any(pod["status"].get("phase") == "Pending" for pod in platform.attempts(key))


def _rows_or_none(platform: Installation, table: str) -> int | None:
    try:
        return platform.rows(table)
    except AssertionError:  # not there yet
        return None
