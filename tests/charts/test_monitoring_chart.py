"""What the chart `gridata` makes of alerts, dashboards and scrapes, with Prometheus's operator and without."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from chart_objects import by_kind

pytestmark = pytest.mark.charts

CHART = Path(__file__).parents[2] / "helm/charts/gridata"
RULES = {path.name: yaml.safe_load(path.read_text()) for path in (CHART / "rules").glob("*.yaml")}
COMPONENTS = {
    "airflow": "airflow.yaml",
    "backups": "backups.yaml",
    "certManager": "certificates.yaml",
    "minio": "minio.yaml",
    "sparkOperator": "spark.yaml",
    "vault": "vault.yaml",
}
EVERYTHING = f"monitoring.components={json.dumps(dict.fromkeys(COMPONENTS, True))}"
VAULT = {
    "namespace": "vault",
    "labels": {"app.kubernetes.io/name": "vault", "component": "server"},
    "port": "https",
    "path": "/v1/sys/metrics",
    "scheme": "https",
    "params": {"format": "prometheus"},
    "caSecret": "vault-ca",
    "serverName": "vault",
}
Render = Callable[..., list[dict[str, Any]]]


def rules(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """Of the ConfigMap: parsed text by file name."""
    (found,) = [each for each in by_kind(objects, "ConfigMap") if each["metadata"]["name"] == "r-rules"]
    return {name: yaml.safe_load(text) for name, text in found["data"].items()}


def test_without_the_operator_rules_are_files_of_a_config_map(render: Render) -> None:
    objects = render("gridata", EVERYTHING)

    assert rules(objects) == RULES
    assert by_kind(objects, "PrometheusRule") == by_kind(objects, "ServiceMonitor") == []


def test_with_the_operator_rules_are_one_object_that_it_selects(render: Render) -> None:
    objects = render("gridata", "monitoring.operator=true", EVERYTHING, 'monitoring.labels={"release": "prometheus"}')

    (rule,) = by_kind(objects, "PrometheusRule")
    groups = [group for found in RULES.values() for group in found["groups"]]
    assert sorted(rule["spec"]["groups"], key=lambda each: str(each["name"])) == sorted(
        groups, key=lambda each: str(each["name"])
    )
    for found in (rule, *by_kind(objects, "ServiceMonitor")):
        assert found["metadata"]["labels"]["release"] == "prometheus"
    assert not [each for each in by_kind(objects, "ConfigMap") if each["metadata"]["name"] == "r-rules"]


def test_what_is_not_there_has_no_rules(render: Render) -> None:
    assert rules(render("gridata")).keys() == {"gridata.yaml", "platform.yaml"}


@pytest.mark.parametrize(("component", "file"), COMPONENTS.items())
def test_a_component_that_is_there_has_its_rules(render: Render, component: str, file: str) -> None:
    found = rules(render("gridata", f"monitoring.components.{component}=true"))

    assert found.keys() == {"gridata.yaml", "platform.yaml", file}


def test_a_scrape_is_a_monitor_of_pods_under_the_job_that_rules_name(render: Render) -> None:
    objects = render("gridata", "monitoring.operator=true", f"monitoring.scrapes={json.dumps({'vault': VAULT})}")

    (monitor,) = by_kind(objects, "PodMonitor")
    assert monitor["spec"] == {
        "namespaceSelector": {"matchNames": ["vault"]},
        "selector": {"matchLabels": VAULT["labels"]},
        "podMetricsEndpoints": [
            {
                "port": "https",
                "path": "/v1/sys/metrics",
                "interval": "30s",
                "scheme": "https",
                "params": {"format": ["prometheus"]},
                "tlsConfig": {"ca": {"secret": {"name": "vault-ca", "key": "ca.crt"}}, "serverName": "vault"},
                "relabelings": [{"targetLabel": "job", "replacement": "vault"}],
            }
        ],
    }


def test_a_scrape_needs_the_operator_here(render: Render) -> None:
    assert by_kind(render("gridata", f"monitoring.scrapes={json.dumps({'vault': VAULT})}"), "PodMonitor") == []


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("monitoring.components.kafka=true", "kafka"),
        ('monitoring.scrapes={"vault": {"labels": {"a": "b"}}}', "port"),
        ('monitoring.scrapes={"vault": {"labels": {}, "port": "http"}}', "labels"),
        ('monitoring.scrapes={"vault": {"labels": {"a": "b"}, "port": "http", "token": "t"}}', "token"),
    ],
)
def test_a_wrong_value_is_refused_by_name(render: Render, setting: str, names: str) -> None:
    with pytest.raises(ValueError, match=names):
        render("gridata", setting)


def test_dashboards_are_where_grafanas_sidecar_looks(render: Render) -> None:
    (found,) = [
        each for each in by_kind(render("gridata"), "ConfigMap") if "grafana_dashboard" in each["metadata"]["labels"]
    ]

    assert {name: json.loads(text)["uid"] for name, text in found["data"].items()} == {
        f"{name}.json": f"gridata-{name}"
        for name in ("freshness", "pipelines", "platform", "quality", "spark", "storage")
    }


def test_monitoring_can_be_left_out(render: Render) -> None:
    objects = render("gridata", "monitoring.enabled=false", "monitoring.operator=true", EVERYTHING)

    assert not {each["metadata"]["name"] for each in objects if each["metadata"]["name"].endswith("-dashboards")}
    assert not {each["kind"] for each in objects} & {"PrometheusRule", "ServiceMonitor", "PodMonitor"}


def test_compose_routes_alerts_as_the_chart_does_without_receivers(render: Callable[..., list[dict[str, Any]]]) -> None:
    (config,) = [each for each in by_kind(render("monitoring"), "ConfigMap") if "alertmanager.yml" in each["data"]]

    written = yaml.safe_load((CHART.parents[1] / "compose/alertmanager.yml").read_text())
    assert yaml.safe_load(config["data"]["alertmanager.yml"]) == written
