"""From the release before to this one with a migration pending and a batch in flight, and back."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from k8s_e2e.cluster import ROOT, Cluster, wait_for
from k8s_e2e.installation import Installation, Release
from k8s_e2e.report import Report
from k8s_e2e.samples import customers

from gridata_control.ledger.schema import HEAD

pytestmark = [pytest.mark.kubernetes, pytest.mark.thorough, pytest.mark.timeout(1800)]

REVISION, TAG = "GRIDATA_E2E_PREVIOUS_REVISION", "GRIDATA_E2E_PREVIOUS_TAG"


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Release:
    revision, tag = (os.environ.get(setting, "") for setting in (REVISION, TAG))
    assert all((revision, tag)), f"{REVISION} and {TAG}: the release before, as git and its images name it."
    packed = subprocess.run(
        ["git", "archive", revision, "helm", "tests/k8s"], cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    folder: Path = tmp_path_factory.mktemp("previous")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return Release(tag, tag, folder)


@pytest.fixture(scope="module")
def platform(cluster: Cluster, previous: Release, report: Report) -> Iterator[Installation]:
    """The release before, installed."""
    found = Installation(cluster, "gridata-upgrade")
    found.remove()  # of a run that was killed
    try:
        found.release = previous
        found.install()
        yield found
    finally:
        if not os.environ.get("GRIDATA_E2E_KEEP"):
            found.remove()


def test_an_upgrade_migrates_the_ledger_and_loses_no_batch_in_flight(platform: Installation, report: Report) -> None:
    before = revision(platform)
    platform.drop({"customers/v1/upgraded.csv": customers("C000001")})
    platform.going("customers/v1/upgraded.csv")

    platform.release = Release.this()
    with report.timed("upgrade_to_ready_s"):
        platform.gridata()
        platform.wait_ready()
    platform.drop({"customers/v1/of-this-release.csv": customers("C000002")})

    platform.published("customers/v1/upgraded.csv", 1)
    platform.published("customers/v1/of-this-release.csv", 1)
    assert before < revision(platform) == HEAD


def test_it_can_be_rolled_back_with_a_batch_in_flight_on_the_migrated_ledger(
    platform: Installation, report: Report
) -> None:
    platform.drop({"customers/v1/rolled-back.csv": customers("C000003")})
    platform.going("customers/v1/rolled-back.csv")

    with report.timed("rollback_to_ready_s"):
        platform.roll_back()
        platform.wait_ready()
    platform.drop({"customers/v1/of-the-one-before.csv": customers("C000004")})

    platform.published("customers/v1/rolled-back.csv", 1)
    platform.published("customers/v1/of-the-one-before.csv", 1)
    assert revision(platform) == HEAD


def test_it_can_be_upgraded_again_and_everything_is_there_once(platform: Installation) -> None:
    platform.gridata()
    platform.airflow()
    platform.wait_ready()
    platform.drop({"customers/v1/again.csv": customers("C000005")})

    platform.published("customers/v1/again.csv", 1)
    assert platform.rows("ecommerce_bronze.customers_v1") == 5
    assert platform.gridata_command("verify")["violations"] == []


def revision(platform: Installation) -> str:
    """Which migration the ledger has, once its init job is through."""

    def look() -> str:
        return platform.ledger("SELECT version_num FROM alembic_version").strip()

    return wait_for("a ledger", look, 60)
