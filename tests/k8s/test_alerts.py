"""Every alert whose component is there, fired by its real fault and heard by a receiver of webhooks; and that it ends.

Rules wait a tenth as long as they do for people (`less_patient`); their names and expressions are untouched, and where
an expression asks for hours, the ledger's times are moved. Faults that leave each other alone are made side by side.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Iterator

import pytest
import yaml
from k8s_e2e.cluster import ROOT, Cluster, wait_for
from k8s_e2e.faults import BROKEN_DAG, FAILING_DAG
from k8s_e2e.report import Report
from k8s_e2e.samples import SAMPLES, customers
from k8s_e2e.watched import Watched

pytestmark = [pytest.mark.alerts, pytest.mark.timeout(2400)]

CHART = ROOT / "helm/charts/gridata"
PRODUCTS = SAMPLES / "products/v1/samples/valid/products.parquet"
FILE_OF = {
    "airflow": "airflow",
    "certManager": "certificates",
    "minio": "minio",
    "sparkOperator": "spark",
    "vault": "vault",
}
NOT_FIRED = {
    "GridataBackupAbsent": "what makes backups is tested with the backups",
    "GridataBackupMissed": "what makes backups is tested with the backups",
    "GridataBatchHeld": "no check of the sample's contracts holds a batch back, and jobs read contracts of their image",
}


@pytest.fixture(scope="module")
def watched(cluster: Cluster) -> Iterator[Watched]:
    report = Report("alerts-k8s")
    found = Watched(cluster, os.environ.get("GRIDATA_E2E_NAMESPACE", "gridata-alerts"), report)
    found.remove()  # of a run that was killed
    try:
        with report.timed("install_to_ready_s"):
            found.install()
        yield found
        report.write()
    finally:
        if not os.environ.get("GRIDATA_E2E_KEEP"):
            found.remove()


def alerts(file: str) -> set[str]:
    """Names in a rule file."""
    groups = yaml.safe_load((CHART / "rules" / f"{file}.yaml").read_text())["groups"]
    return {rule["alert"] for group in groups for rule in group["rules"]}


def expected(watched: Watched) -> set[str]:
    """Alerts of what is there."""
    there = {file for component, file in FILE_OF.items() if component in watched.components}
    return set().union(*(alerts(file) for file in ("gridata", "platform", *there)))


def test_the_watchdog_is_heard_and_nothing_fires_that_should_not(watched: Watched) -> None:
    watched.heard("GridataWatchdog", path="watchdog")

    wait_for("a quiet platform", lambda: not watched.firing(), 300)


def test_data_metadata_disks_and_others_parts_are_told_of(watched: Watched) -> None:
    faults, platform, monitoring = watched.faults, watched.platform, watched.monitoring
    platform.drop({"products/v1/first.parquet": PRODUCTS})
    platform.published("products/v1/first.parquet", 1, 600)
    mending = (
        *(part.mend for part in watched.parts),
        lambda: faults.remove_dag("broken"),
        lambda: faults.remove_dag("fails"),
        watched.disks.empty,
        watched.disks.mend_last,
        lambda: monitoring.catalog("takes"),
    )

    with watched.faulty(*mending):
        faults.write_dag("broken", BROKEN_DAG)
        faults.write_dag("fails", FAILING_DAG)
        watched.disks.fill(left=0.12)
        watched.disks.break_last()
        for part in watched.parts:
            part.break_something()
        monitoring.catalog("refuses")
        platform.drop({"customers/v1/bad.csv": customers("C000001", *(f"nobody-{i}" for i in range(9)))})
        platform.published("customers/v1/bad.csv", 1, 600)
        watched.heard("GridataMetadataRefused")
        monitoring.catalog("is-down")
        platform.drop({"customers/v1/worse.csv": customers("C000002", *(f"no-one-{i}" for i in range(9)))})
        platform.published("customers/v1/worse.csv", 1, 600)
        wait_for("a run that is not told", lambda: watched.value("gridata_untold_runs") > 0, 120)
        faults.make_untold_runs_old(hours=2)
        faults.make_published_old("ecommerce.products.v1", hours=72)
        watched.heard("GridataStoreFills", "GridataStoreDrivesOffline", "GridataVolumeFills")
        watched.disks.fill(left=0.04)
        faults.run_dag("fails_on_purpose")
        watched.heard("GridataQuarantineRate", "GridataMetadataBehind", "GridataDatasetNotFresh")
        watched.heard("GridataStoreFull", "GridataVolumeFull", "GridataDagsBroken", "GridataDagRunFailed")
        for part in watched.parts:
            watched.heard(*part.broken)

    platform.gridata_command("catalog", "retell", "--refused")
    # A batch with nothing wrong, and one of today.
    platform.drop({"customers/v1/good.csv": customers("C000003"), "products/v1/second.parquet": PRODUCTS})
    platform.published("customers/v1/good.csv", 1, 600)


def test_a_hanging_scheduler_and_jobs_that_fail_are_told_of(watched: Watched) -> None:
    faults, platform = watched.faults, watched.platform

    with watched.faulty(faults.thaw_scheduler):
        faults.freeze_scheduler()
        platform.drop({"customers/v1/waits.csv": customers("C000004")})
        wait_for("a file that was seen", lambda: platform.files("customers/v1/waits.csv"), 120)
        faults.make_file_old("customers/v1/waits.csv", hours=3)
        watched.heard("GridataFileWaits", "GridataSchedulerSilent")
    platform.published("customers/v1/waits.csv", 1, 600)

    with watched.faulty(faults.mend_credentials):
        faults.break_credentials()
        platform.drop({"customers/v1/fails.csv": customers("C000005")})
        watched.heard("GridataBatchFailed")
    (file,) = platform.files("customers/v1/fails.csv")
    platform.gridata_command("replay", file["batch_id"])
    platform.published("customers/v1/fails.csv", 1, 600)


def test_what_has_gone_is_told_of(watched: Watched) -> None:
    watched.ended(*(expected(watched) - NOT_FIRED.keys() - {"GridataDagRunFailed", "GridataWatchdog"}))
    faults, mappings = watched.faults, watched.faults.exporter_mappings()
    mending = (
        lambda: faults.mend_exporter(mappings),
        lambda: faults.scale("statefulset/minio", 1),
        *(part.bring_back for part in watched.parts),
        lambda: faults.scale("deployment/gridata-sweep", 1),
    )

    with watched.faulty(*mending):
        faults.scale("deployment/gridata-sweep", 0)
        faults.scale("statefulset/minio", 0)
        faults.break_exporter()
        for part in watched.parts:
            part.take_away()
        watched.heard("GridataSweepAbsent", "GridataStoreAbsent", "GridataTargetDown")
        for part in watched.parts:
            watched.heard(*part.gone)


def test_a_sweep_without_its_database_is_told_of(watched: Watched) -> None:
    with watched.faulty(lambda: watched.faults.scale("statefulset/postgres", 1)):
        watched.faults.scale("statefulset/postgres", 0)
        watched.heard("GridataLedgerDown")
        watched.heard("GridataSweepBehind", within_s=600)
    wait_for("a ledger that answers", lambda: watched.value("gridata_ledger_up") > 0, 300)


def test_every_series_that_alerts_and_dashboards_name_is_told_here(watched: Watched) -> None:
    texts = [*rule_expressions(), *(expr for _, expr in panels())]
    names = set().union(*(watched.monitoring.series_in(expr) for expr in texts))
    missing = {name for name in names if not watched.monitoring.was_told(name)}

    without = {name: why for name in sorted(missing) if (why := reason(name, watched))}
    print(f"\nnot told, and why: {json.dumps(without, indent=1)}")
    assert missing == without.keys()


def test_every_panel_shows_something(watched: Watched) -> None:
    empty = {}
    for title, expr in panels():
        if not watched.monitoring.query(expr):
            names = watched.monitoring.series_in(expr)
            empty[title] = next((why for name in names if (why := reason(name, watched))), None)

    print(f"\nempty panels, and why: {json.dumps(empty, indent=1)}")
    assert None not in empty.values(), empty


def test_every_alert_has_ended(watched: Watched) -> None:
    watched.ended(*(expected(watched) - NOT_FIRED.keys() - {"GridataWatchdog"}))


def test_the_watchdog_falls_silent_when_prometheus_is_gone(watched: Watched) -> None:
    with watched.faulty(lambda: watched.faults.scale("statefulset/monitoring-prometheus", 1)):
        watched.faults.scale("statefulset/monitoring-prometheus", 0)
        silent_s = 60
        wait_for("silence", lambda: time.time() - watched.last("watchdog") > silent_s, 600)

    with watched.faulty():
        watched.heard("GridataWatchdog", path="watchdog")


def test_every_other_alert_was_fired_or_is_named_with_the_reason(watched: Watched) -> None:
    everything = set().union(*(alerts(path.stem) for path in (CHART / "rules").glob("*.yaml")))
    left = {name: reason_of(name, watched) for name in sorted(everything - watched.fired)}

    print(f"\nfired: {', '.join(sorted(watched.fired))}\nNOT FIRED: {json.dumps(left, indent=1)}")
    assert everything - watched.fired == everything - expected(watched) | NOT_FIRED.keys()


def reason_of(alert: str, watched: Watched) -> str:
    """Why an alert was not fired."""
    of = next((component for component, file in FILE_OF.items() if alert in alerts(file)), None)
    if of is None or of in watched.components:
        return NOT_FIRED.get(alert, "it was not heard: see the test of its fault")
    return f"{of} is not here: see k8s_e2e/further.py for what installs it"


SERIES_OF: dict[str, Callable[[str], bool]] = {
    "certManager": lambda name: name.startswith("certmanager_"),
    "sparkOperator": lambda name: name.startswith("spark_"),
    "vault": lambda name: name.startswith("vault_"),
}


def reason(name: str, watched: Watched) -> str | None:
    """Why a series may be absent."""
    if name.startswith("gridata_backup_"):
        return "nothing makes backups here"
    for component, is_of in SERIES_OF.items():
        if is_of(name) and component not in watched.components:
            return f"{component} is not here"
    return None


def rule_expressions() -> list[str]:
    """Of every rule."""
    files = [yaml.safe_load(path.read_text()) for path in sorted((CHART / "rules").glob("*.yaml"))]
    return [rule["expr"] for file in files for group in file["groups"] for rule in group["rules"]]


def panels() -> list[tuple[str, str]]:
    """(board and title, expression for every dataset)."""
    found = []
    for path in sorted((CHART / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for number, target in enumerate(panel["targets"]):
                expr = re.sub(r"\$\w+", ".*", target["expr"])
                found.append((f"{path.stem}: {panel['title']} [{number}]", expr))
    return found
