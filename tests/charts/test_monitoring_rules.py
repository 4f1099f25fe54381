"""Alerts and dashboards: their series were checked where they are told; every alert has its cases and a runbook."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from gridata_contracts.load import load_contracts
from gridata_control.ledger.figures import Figures
from gridata_control.monitoring import LedgerCollector, SweepMetrics

pytestmark = pytest.mark.charts

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm/charts/gridata"
RUNBOOKS = ROOT / "docs/runbooks"
REFERENCE = ROOT / "docs/reference/monitoring.md"
CASES = Path(__file__).parent / "rules"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SEVERITIES = {"critical", "warning", "none"}
KINDS = {"fires", "does not fire", "absent data", "recovers"}
ALWAYS = {"GridataWatchdog": {"fires", "absent data"}}
"""Fires whatever is true, so there is nothing to hold back or to recover from."""
WORDS = {"and", "or", "unless", "offset", "bool"}


class KnowsEverything:
    """A ledger with something of every kind."""

    def figures(self) -> Figures:
        of = "ecommerce.orders.v1"
        return Figures(
            {(of, "SEEN"): 1},
            {(of, "FAILED"): 1},
            {of: NOW},
            {of: NOW},
            {of: (9, 1)},
            {of: (9, 1)},
            1,
            NOW,
            1,
            {"objects": NOW},
        )


@pytest.fixture(scope="module")
def told() -> dict[str, set[str]]:
    """Labels by series, as the sweep tells them."""
    registry = CollectorRegistry()
    SweepMetrics(registry)
    contracts = load_contracts(ROOT / "data/contracts")
    registry.register(LedgerCollector(KnowsEverything(), contracts, lambda: NOW, ["objects"]))  # type: ignore[arg-type]
    samples = (sample for family in registry.collect() for sample in family.samples)
    return {sample.name: set(sample.labels) for sample in samples}


def series_in(expr: str) -> set[str]:
    """Names of the series in an expression: what is neither function, label, text, duration nor word."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]', "", expr)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", bare)
    return set(re.findall(r"(?<![\w.])[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])", bare)) - WORDS


def alerts() -> list[tuple[str, dict[str, Any]]]:
    """(name of the rule file, rule)."""
    return [
        (path.stem, rule)
        for path in sorted((CHART / "rules").glob("*.yaml"))
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]


def boards() -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in sorted((CHART / "dashboards").glob("*.json"))]


def panels() -> list[tuple[str, str]]:
    """(board and title, expression)."""
    return [
        (f"{board['uid']}: {panel['title']}", target["expr"])
        for board in boards()
        for panel in board["panels"]
        for target in panel["targets"]
    ]


def checked_names() -> set[str]:
    """First column of the table of series in the reference."""
    table = REFERENCE.read_text().split("## Series", 1)[1]
    return {name for line in table.splitlines() if line.startswith("| `") for name in _names(line.split("|")[1])}


def _names(cell: str) -> list[str]:
    return re.findall(r"`([a-zA-Z_]+)`", cell)


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ("time() - max by (what) (a_b) > 26 * 3600", {"a_b"}),
        ('increase(a_count{x="y z"}[15m]) > 0 or (a_count > 0 unless a_count offset 15m)', {"a_count"}),
        ('up{job="vault"} unless on (job, pod) sealed{job="vault"} == 1', {"up", "sealed"}),
        ("absent(up == 1)", {"up"}),
        ("vector(1)", set()),
        ("histogram_quantile(0.99, sum by (le, name) (rate(b_distribution[5m])))", {"b_distribution"}),
    ],
)
def test_names_of_series_are_read_out_of_expressions(expr: str, names: set[str]) -> None:
    assert series_in(expr) == names


def test_alerts_and_dashboards_name_only_series_that_were_checked() -> None:
    named = {name for _, rule in alerts() for name in series_in(rule["expr"])}
    named |= {name for _, expr in panels() for name in series_in(expr)}

    assert named - checked_names() == set()


def test_no_series_is_listed_that_nothing_uses() -> None:
    named = {name for _, rule in alerts() for name in series_in(rule["expr"])}
    named |= {name for _, expr in panels() for name in series_in(expr)}

    assert checked_names() - named == set()


def test_gridatas_own_series_are_told(told: dict[str, set[str]]) -> None:
    own = {name for name in checked_names() if name.startswith("gridata_")}

    assert own - told.keys() == set()


def test_every_series_that_the_sweep_tells_is_on_a_dashboard(told: dict[str, set[str]]) -> None:
    shown = {name for _, expr in panels() for name in series_in(expr)}

    assert told.keys() - shown == set()


def test_dashboards_use_only_labels_that_the_sweep_tells(told: dict[str, set[str]]) -> None:
    for title, expr in panels():
        named = series_in(expr)
        assert named, title
        if named <= told.keys():
            labels = set(re.findall(r"(\w+)=~?\"", expr)) | set(re.findall(r"by \((\w+)\)", expr))
            assert labels <= set().union(*(told[name] for name in named)), title


def test_every_panel_asks_the_datasource_that_is_chosen() -> None:
    for board in boards():
        assert {panel["datasource"]["uid"] for panel in board["panels"]} == {"${datasource}"}, board["uid"]
        assert [variable["type"] for variable in board["templating"]["list"]][:1] == ["datasource"], board["uid"]


def test_panels_of_a_board_neither_overlap_nor_leave_the_grid() -> None:
    for board in boards():
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {(at["x"] + dx, at["y"] + dy) for dx in range(at["w"]) for dy in range(at["h"])}
            assert at["x"] + at["w"] <= 24, panel["title"]
            assert not cells & taken, panel["title"]
            taken |= cells
        assert [panel["id"] for panel in board["panels"]] == list(range(1, len(board["panels"]) + 1))


def test_every_alert_says_how_bad_it_is_and_leads_to_a_runbook_that_names_it() -> None:
    listed = (RUNBOOKS / "README.md").read_text()
    for _, rule in alerts():
        notes = rule["annotations"]
        assert rule["labels"].keys() == {"severity"}, rule["alert"]
        assert rule["labels"]["severity"] in SEVERITIES, rule["alert"]
        assert {"summary", "description", "runbook"} == notes.keys(), rule["alert"]
        assert rule["for"], rule["alert"]
        assert f"`{rule['alert']}`" in (RUNBOOKS / f"{notes['runbook']}.md").read_text(), rule["alert"]
        assert f"({notes['runbook']}.md)" in listed, rule["alert"]


def test_alerts_have_names_of_their_own() -> None:
    names = [rule["alert"] for _, rule in alerts()]

    assert sorted(set(names)) == sorted(names)


def test_every_alert_is_in_the_reference_with_its_file_and_runbook() -> None:
    lines = {line.split("`")[1]: line for line in REFERENCE.read_text().splitlines() if line.startswith("| `Gridata")}
    for file, rule in alerts():
        line = lines.pop(rule["alert"])
        assert f"`{file}`" in line, rule["alert"]
        assert f"(../runbooks/{rule['annotations']['runbook']}.md)" in line, rule["alert"]
        assert rule["labels"]["severity"] in line, rule["alert"]
    assert lines == {}


def test_every_alert_has_cases_of_all_kinds() -> None:
    kinds: dict[str, set[str]] = {}
    for path in CASES.glob("*_test.yaml"):
        for case in yaml.safe_load(path.read_text())["tests"]:
            alert, kind = case["name"].split(": ")
            asked = {each["alertname"] for each in case.get("alert_rule_test", [])}
            asked |= {
                found for each in case.get("promql_expr_test", []) for found in re.findall(r"Gridata\w+", each["expr"])
            }
            assert asked == {alert}, case["name"]
            kinds.setdefault(alert, set()).add(kind.split(",")[0])

    assert kinds == {rule["alert"]: ALWAYS.get(rule["alert"], KINDS) for _, rule in alerts()}


def test_every_rule_file_has_cases_that_name_it() -> None:
    for path in (CHART / "rules").glob("*.yaml"):
        cases = yaml.safe_load((CASES / f"{path.stem}_test.yaml").read_text())
        assert [(CASES / named).resolve() for named in cases["rule_files"]] == [path], path.name
