"""The history server of the gridata chart, and the one place from which both back ends take their event logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from chart_objects import by_kind, pods

pytestmark = pytest.mark.charts

Object = dict[str, Any]
Render = Callable[..., list[Object]]
HOST = 'sparkHistory.ingress={"enabled": true, "host": "gridata.example"}'


def server(objects: list[Object]) -> Object:
    (spec,) = (spec for name, _, _, spec in pods(objects) if name.endswith("-spark-history"))
    return spec


def test_only_what_reads_the_store_knows_its_credentials(render: Render) -> None:
    spec = server(render("gridata", 'sparkHistory.credentialsSecret="reader"'))

    secrets = {
        each["name"]: [source["secretRef"]["name"] for source in each.get("envFrom", []) if "secretRef" in source]
        for each in spec["containers"]
    }
    assert secrets == {"mirror": ["reader"], "server": []}
    assert spec["serviceAccountName"] == "r-spark-history"
    assert spec["automountServiceAccountToken"] is False


def test_event_logs_are_read_with_the_jobs_secret_where_none_is_named(render: Render) -> None:
    (mirror, _) = server(render("gridata", 'credentialsSecret="other"'))["containers"]

    assert {"secretRef": {"name": "other"}} in mirror["envFrom"]


def test_the_server_cannot_change_what_it_shows(render: Render) -> None:
    (_, shown) = server(render("gridata"))["containers"]

    assert {mount["name"]: mount.get("readOnly", False) for mount in shown["volumeMounts"]} == {
        "events": True,
        "conf": True,
        "server-tmp": False,
    }


def test_jobs_of_both_back_ends_take_their_event_logs_from_one_config_map(render: Render) -> None:
    objects = render("gridata", 'sparkHistory.events="s3://logs/here"', 'sparkHistory.url="https://g.example/history"')
    maps = {
        (each["metadata"]["namespace"], each["metadata"]["name"]): each["data"]
        for each in by_kind(objects, "ConfigMap")
    }
    documents = maps["here", "r-job-templates"]

    settings = {name: value for name, value in maps["gridata-platform", "gridata-settings"].items() if "SPARK" in name}
    assert settings == {
        "GRIDATA_SPARK_EVENTS": "s3://logs/here",
        "GRIDATA_SPARK_EVENTS_DAYS": "14",
        "GRIDATA_SPARK_HISTORY_URL": "https://g.example/history",
    }
    source = {"configMapRef": {"name": "gridata-settings"}}
    application = yaml.safe_load(documents["spark-application.yaml"])["spec"]
    assert source in application["driver"]["envFrom"]
    assert source in yaml.safe_load(documents["spark-pod.yaml"])["spec"]["containers"][0]["envFrom"]
    assert "eventLog" not in yaml.safe_dump(objects)


def test_the_init_job_makes_the_bucket_from_the_same_settings(render: Render) -> None:
    objects = render("gridata")
    (init,) = by_kind(objects, "Job")
    (settings,) = [each["data"] for each in by_kind(objects, "ConfigMap") if each["metadata"]["name"] == "r-settings"]

    assert {"configMapRef": {"name": "r-settings"}} in init["spec"]["template"]["spec"]["containers"][0]["envFrom"]
    assert settings["GRIDATA_SPARK_EVENTS"] == "s3://logs/spark-events"


def test_links_of_the_server_begin_with_the_path_that_the_ingress_takes_away(render: Render) -> None:
    objects = render("gridata", HOST, 'sparkHistory.path="/platform/spark-history"')

    (ingress,) = by_kind(objects, "Ingress")
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    (conf,) = [each["data"]["history.conf"] for each in by_kind(objects, "ConfigMap") if "history.conf" in each["data"]]
    assert path["path"] == "/platform/spark-history(/|$)(.*)"
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/rewrite-target"] == "/$2"
    assert "spark.ui.proxyBase /platform/spark-history\n" in conf


def test_nobody_reaches_a_server_that_asks_nobody_who_they_are_unless_named(render: Render) -> None:
    (policy,) = [
        each for each in by_kind(render("gridata"), "NetworkPolicy") if each["metadata"]["name"] == "r-spark-history"
    ]

    assert policy["spec"]["ingress"] == []


def test_turned_off_there_is_no_server_and_no_event_log(render: Render) -> None:
    objects = render("gridata", "sparkHistory.enabled=false")

    assert "spark-history" not in yaml.safe_dump(objects)
    assert "GRIDATA_SPARK_EVENTS" not in yaml.safe_dump(objects)
