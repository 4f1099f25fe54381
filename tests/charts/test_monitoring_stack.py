"""The chart `monitoring`: what it scrapes, who hears which alert, who reaches it, what it sees of the cluster."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from chart_objects import allowed_ports, by_kind, pods

pytestmark = pytest.mark.charts

ROOT = Path(__file__).parents[2]
EMAIL = {
    "to": "a@b.example",
    "from": "c@b.example",
    "smarthost": "mail.example:587",
    "username": "c",
    "passwordKey": "smtp",
}
RECEIVERS = (
    'alertmanager.existingSecret="alerts"',
    'alertmanager.slack={"urlKey": "slack", "channel": "#data"}',
    'alertmanager.pagerduty.routingKeyKey="pagerduty"',
    f"alertmanager.email={json.dumps(EMAIL)}",
    'alertmanager.watchdog.urlKey="watchdog"',
    'alertmanager.runbooksUrl="https://git.example/runbooks/"',
)
Object = dict[str, Any]
Render = Callable[..., list[Object]]


def config(objects: list[Object], component: str, file: str) -> Any:
    (found,) = [each for each in by_kind(objects, "ConfigMap") if each["metadata"]["name"] == f"r-{component}"]
    return yaml.safe_load(found["data"][file])


def documented_scrapes() -> dict[str, Any]:
    """The block of values in the reference."""
    text = (ROOT / "docs/reference/monitoring.md").read_text()
    (block,) = re.findall(r"```\n(scrapes:.*?)```", text, re.DOTALL)
    found: dict[str, Any] = yaml.safe_load(block)["scrapes"]
    return found


def jobs(objects: list[Object]) -> dict[str, Any]:
    return {job["job_name"]: job for job in config(objects, "prometheus", "prometheus.yml")["scrape_configs"]}


def test_by_default_the_sweep_of_the_same_namespace_is_scraped(render: Render) -> None:
    found = jobs(render("monitoring"))

    assert found.keys() == {"prometheus", "alertmanager", "gridata-sweep"}
    assert found["gridata-sweep"]["kubernetes_sd_configs"][0]["namespaces"] == {"names": ["here"]}


@pytest.mark.parametrize(("job", "chart"), [("gridata-sweep", "gridata"), ("minio", "minio")])
def test_a_documented_scrape_finds_the_pod_and_its_port(render: Render, job: str, chart: str) -> None:
    scrape = documented_scrapes()[job]

    found = [
        spec
        for name, _, labels, spec in pods(render(chart))
        if scrape["labels"].items() <= labels.items() and name != "r-init"
    ]

    ports = [port["name"] for spec in found for container in spec["containers"] for port in container["ports"]]
    assert ports == [scrape["port"]]


def test_documented_scrapes_become_jobs_with_their_paths_and_labels(render: Render) -> None:
    scrapes = documented_scrapes()
    found = jobs(render("monitoring", f"scrapes={json.dumps(scrapes)}"))

    assert found.keys() == {"prometheus", "alertmanager", *scrapes}
    assert found["vault"]["metrics_path"] == "/v1/sys/metrics"
    assert found["vault"]["params"] == {"format": ["prometheus"]}
    assert found["vault"]["kubernetes_sd_configs"] == [
        {
            "role": "pod",
            "namespaces": {"names": ["vault"]},
            "selectors": [{"role": "pod", "label": "app.kubernetes.io/name=vault,component=server"}],
        }
    ]
    targets = {each["target_label"] for each in found["vault"]["relabel_configs"] if "target_label" in each}
    assert targets == {"namespace", "pod"}


def test_rules_name_no_job_that_is_not_documented() -> None:
    rules = "".join(path.read_text() for path in (ROOT / "helm/charts/gridata/rules").glob("*.yaml"))

    assert set(re.findall(r'job="([^"]+)"', rules)) <= documented_scrapes().keys()


def test_a_scrape_by_https_trusts_the_authority_that_is_mounted_for_it(render: Render) -> None:
    scrape = {"labels": {"a": "b"}, "port": "https", "scheme": "https", "caSecret": "vault-ca", "serverName": "vault"}
    objects = render("monitoring", f"scrapes.vault={json.dumps(scrape)}")

    tls = jobs(objects)["vault"]["tls_config"]
    assert tls == {"ca_file": "/etc/prometheus/ca/vault/ca.crt", "server_name": "vault"}
    spec = next(spec for name, _, _, spec in pods(objects) if name == "r-prometheus")
    assert {"name": "ca-vault", "mountPath": "/etc/prometheus/ca/vault", "readOnly": True} in spec["containers"][0][
        "volumeMounts"
    ]


def test_the_rules_are_those_of_the_chart_gridata(render: Render) -> None:
    made = {each["metadata"]["name"] for each in by_kind(render("gridata", release="gridata"), "ConfigMap")}
    spec = next(spec for name, _, _, spec in pods(render("monitoring")) if name == "r-prometheus")

    (named,) = [volume["configMap"]["name"] for volume in spec["volumes"] if volume["name"] == "rules"]
    assert named in made


def test_prometheus_sees_pods_of_the_namespaces_it_scrapes_and_no_more(render: Render) -> None:
    objects = render("monitoring", f"scrapes={json.dumps(documented_scrapes())}")

    roles = {each["metadata"]["namespace"]: each["rules"] for each in by_kind(objects, "Role")}
    assert roles.keys() == {"here", "vault", "spark-operator", "airflow", "cert-manager"}
    assert all(
        rules == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]
        for rules in roles.values()
    )
    assert {each["metadata"]["namespace"] for each in by_kind(objects, "RoleBinding")} == roles.keys()
    assert by_kind(objects, "ClusterRole") == by_kind(objects, "ClusterRoleBinding") == []


def test_kubelets_cost_a_role_in_the_whole_cluster(render: Render) -> None:
    objects = render("monitoring", "kubelet.enabled=true")

    (role,) = by_kind(objects, "ClusterRole")
    assert {resource for rule in role["rules"] for resource in rule["resources"]} == {"nodes", "nodes/metrics"}
    kept = jobs(objects)["kubelet"]["metric_relabel_configs"]
    assert kept == [{"action": "keep", "source_labels": ["__name__"], "regex": "kubelet_volume_stats_.+"}]


def test_only_prometheus_has_a_token_of_the_cluster(render: Render) -> None:
    mounted = {
        name: [volume["name"] for volume in spec["volumes"] if "projected" in volume]
        for name, _, _, spec in pods(render("monitoring", *RECEIVERS))
    }

    assert mounted == {"r-prometheus": ["token"], "r-alertmanager": []}


def test_critical_alerts_wake_somebody_and_warnings_do_not(render: Render) -> None:
    found = config(render("monitoring", *RECEIVERS), "alertmanager", "alertmanager.yml")
    receivers = {each["name"]: each.keys() - {"name"} for each in found["receivers"]}

    assert receivers == {
        "critical": {"slack_configs", "pagerduty_configs", "email_configs"},
        "warning": {"slack_configs", "email_configs"},
        "watchdog": {"webhook_configs"},
    }
    routes = {tuple(each["matchers"]): each["receiver"] for each in found["route"]["routes"]}
    assert routes == {('alertname="GridataWatchdog"',): "watchdog", ('severity="critical"',): "critical"}
    assert found["route"]["receiver"] == "warning"


def test_what_is_secret_is_a_file_of_the_secret(render: Render) -> None:
    objects = render("monitoring", *RECEIVERS)
    text = yaml.safe_dump(config(objects, "alertmanager", "alertmanager.yml"))

    assert dict(re.findall(r"(\w+_file): /etc/alertmanager/secret/(\S+)", text)) == {
        "api_url_file": "slack",
        "routing_key_file": "pagerduty",
        "smtp_auth_password_file": "smtp",
        "url_file": "watchdog",
    }
    assert not re.findall(r"\b(api_url|routing_key|smtp_auth_password|url):", text)


def test_the_watchdog_is_told_again_and_again(render: Render) -> None:
    found = config(render("monitoring", "alertmanager.watchdog.intervalSeconds=20"), "alertmanager", "alertmanager.yml")

    (route,) = [each for each in found["route"]["routes"] if each["receiver"] == "watchdog"]
    assert (route["group_interval"], route["repeat_interval"]) == ("20s", "20s")


def test_without_receivers_alerts_are_kept_and_sent_nowhere(render: Render) -> None:
    found = config(render("monitoring"), "alertmanager", "alertmanager.yml")

    assert found["receivers"] == [{"name": "watchdog"}, {"name": "critical"}, {"name": "warning"}]


def test_messages_lead_to_the_runbook(render: Render) -> None:
    found = config(render("monitoring", *RECEIVERS), "alertmanager", "alertmanager.yml")

    (slack,) = found["receivers"][1]["slack_configs"]
    assert "https://git.example/runbooks/{{ .Annotations.runbook }}.md" in slack["text"]


def test_another_configuration_is_another_alertmanager(render: Render) -> None:
    def mark(*settings: str) -> str:
        (found,) = [
            each
            for each in by_kind(render("monitoring", *settings), "StatefulSet")
            if each["metadata"]["name"] == "r-alertmanager"
        ]
        return str(found["spec"]["template"]["metadata"]["annotations"]["gridata.io/config"])

    assert mark() == mark()
    assert mark() != mark('alertmanager.webhook.url="http://hook.example"')


@pytest.mark.parametrize(
    ("peer", "reached"),
    [
        ("here", {"r-prometheus": {"http"}, "r-alertmanager": {"http"}}),
        ("grafana", {"r-prometheus": {"http"}, "r-alertmanager": set()}),
        ("elsewhere", {"r-prometheus": set(), "r-alertmanager": set()}),
    ],
)
def test_who_reaches_which_port(render: Render, peer: str, reached: dict[str, set[str]]) -> None:
    objects = render("monitoring", 'networkPolicy.fromNamespaces=["grafana"]')

    assert {
        name: allowed_ports(objects, labels, namespace, peer) for name, namespace, labels, _ in pods(objects)
    } == reached


def test_images_need_no_shell(render: Render) -> None:
    for name, _, _, spec in pods(render("monitoring", *RECEIVERS)):
        (container,) = spec["containers"]
        assert "command" not in container, name
        assert all("httpGet" in container[probe] for probe in ("readinessProbe", "livenessProbe")), name


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ('alertmanager.slack={"urlKey": "slack", "channel": "#data"}', "urlKey"),
        ('alertmanager.slack={"url": "https://hooks.example/secret"}', "url"),
        ('alertmanager.pagerduty.routingKeyKey="pagerduty"', "routingKeyKey"),
        ('alertmanager.email={"to": "a@b.example"}', "smarthost"),
        ('alertmanager.watchdog.urlKey="watchdog"', "urlKey"),
        ('scrapes={"kubelet": {"labels": {"a": "b"}, "port": "http"}}', "kubelet"),
        ('scrapes={"vault": {"labels": {"a": "b"}}}', "port"),
        ('prometheus.retentionSize="much"', "retentionSize"),
        ("prometheus.replicas=2", "replicas"),
    ],
)
def test_a_wrong_value_is_refused_by_name(render: Render, setting: str, names: str) -> None:
    with pytest.raises(ValueError, match=names):
        render("monitoring", setting)
