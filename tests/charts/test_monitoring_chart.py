"""Alerts and dashboards: every series they name is one that Gridata tells, every alert leads to a runbook."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from chart_objects import by_kind
from prometheus_client import CollectorRegistry

from gridata_contracts.load import load_contracts
from gridata_control.ledger.figures import Figures
from gridata_control.monitoring import LedgerCollector, SweepMetrics

pytestmark = pytest.mark.charts

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm/charts/gridata"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SERIES = re.compile(r"\bgridata_[a-z_]+")
Render = Callable[..., list[dict[str, Any]]]


class KnowsEverything:
    """A ledger with something of every kind."""

    def figures(self) -> Figures:
        of = "ecommerce.orders.v1"
        waiting, told = {(of, "SEEN"): 1}, {(of, "FAILED"): 1}
        return Figures(waiting, told, {of: NOW}, {of: NOW}, {of: (9, 1)}, {of: (9, 1)}, 1, NOW, 1)


@pytest.fixture(scope="module")
def told() -> dict[str, set[str]]:
    """Labels by series, as the sweep tells them."""
    registry = CollectorRegistry()
    SweepMetrics(registry)
    registry.register(LedgerCollector(KnowsEverything(), load_contracts(ROOT / "data/contracts"), lambda: NOW))  # type: ignore[arg-type]
    samples = (sample for family in registry.collect() for sample in family.samples)
    return {sample.name: set(sample.labels) for sample in samples}


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((CHART / "rules/gridata.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def boards() -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((CHART / "dashboards").glob("*.json"))]


def test_alerts_name_only_series_that_are_told(told: dict[str, set[str]]) -> None:
    named = {series for alert in alerts() for series in SERIES.findall(alert["expr"])}

    assert named - told.keys() == set()


def test_dashboards_name_only_series_and_labels_that_are_told(told: dict[str, set[str]]) -> None:
    for board in boards():
        for panel in board["panels"]:
            for target in panel["targets"]:
                named = SERIES.findall(target["expr"])
                assert named, panel["title"]
                assert set(named) <= told.keys(), panel["title"]
                labels = set(re.findall(r"(\w+)=~?\"", target["expr"])) | set(
                    re.findall(r"by \((\w+)\)", target["expr"])
                )
                assert labels <= set().union(*(told[name] for name in named)), panel["title"]


def test_every_series_of_a_dataset_is_on_a_dashboard(told: dict[str, set[str]]) -> None:
    shown = {name for board in boards() for panel in board["panels"] for name in SERIES.findall(str(panel["targets"]))}

    assert told.keys() - shown == set()


def test_every_alert_says_how_bad_it_is_and_leads_to_a_runbook() -> None:
    for alert in alerts():
        assert alert["labels"]["severity"] in ("critical", "warning"), alert["alert"]
        notes = alert["annotations"]
        assert {"summary", "description", "runbook"} == notes.keys(), alert["alert"]
        assert (ROOT / "docs/runbooks" / f"{notes['runbook']}.md").is_file(), alert["alert"]
        assert alert["for"], alert["alert"]


def test_alerts_have_names_of_their_own() -> None:
    names = [alert["alert"] for alert in alerts()]

    assert sorted(set(names)) == sorted(names)


def test_rules_are_prometheus_objects_only_where_its_operator_is(render: Render) -> None:
    with_operator = render("gridata", "monitoring.operator=true", 'monitoring.labels={"release": "prometheus"}')
    without = render("gridata")

    (rule,) = by_kind(with_operator, "PrometheusRule")
    (monitor,) = by_kind(with_operator, "ServiceMonitor")
    assert {each["metadata"]["labels"]["release"] for each in (rule, monitor)} == {"prometheus"}
    assert [r["alert"] for group in rule["spec"]["groups"] for r in group["rules"]] == [a["alert"] for a in alerts()]
    assert by_kind(without, "PrometheusRule") == by_kind(without, "ServiceMonitor") == []
    (found,) = [each for each in by_kind(without, "ConfigMap") if each["metadata"]["name"] == "r-rules"]
    assert yaml.safe_load(found["data"]["gridata.yaml"]) == yaml.safe_load((CHART / "rules/gridata.yaml").read_text())


def test_dashboards_are_where_grafanas_sidecar_looks(render: Render) -> None:
    (found,) = [
        each for each in by_kind(render("gridata"), "ConfigMap") if "grafana_dashboard" in each["metadata"]["labels"]
    ]

    assert {name: json.loads(text)["uid"] for name, text in found["data"].items()} == {
        "pipelines.json": "gridata-pipelines",
        "quality.json": "gridata-quality",
    }


def test_monitoring_can_be_left_out(render: Render) -> None:
    names = {each["metadata"]["name"] for each in render("gridata", "monitoring.enabled=false")}

    assert not {name for name in names if name.endswith(("-rules", "-dashboards"))}
