"""The drill: everything is lost, and comes back from a backup; and what else goes cold, old or sealed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from k8s_e2e import vault
from k8s_e2e.backups import Backups, Operator
from k8s_e2e.cluster import Cluster, wait_for
from k8s_e2e.installation import Installation
from k8s_e2e.report import Report
from k8s_e2e.samples import customers
from k8s_e2e.vault import Vault

pytestmark = [pytest.mark.kubernetes, pytest.mark.timeout(1800)]

NAMESPACE = "gridata-drill"
BRONZE, QUARANTINE = "ecommerce_bronze.customers_v1", "ecommerce_quarantine.customers_v1"
BEFORE = {"customers/v1/a.csv": customers("C000001", "C000002", "nobody"), "customers/v1/b.csv": customers("C000003")}
AFTER = {"customers/v1/late.csv": customers("C000004", "C000005")}
CANARY = "what only the lost Vault knew"
OLD_ENTRIES = "gridata_drill_entries"


class Drill:
    """What there is before and after the loss."""

    def __init__(self, cluster: Cluster, report: Report) -> None:
        self.cluster, self.report = cluster, report
        self.platform = Installation(cluster, NAMESPACE)
        self.backups = Backups(cluster, f"{NAMESPACE}-backups", NAMESPACE)
        self.vault = Vault(cluster, f"{NAMESPACE}-vault")
        self.operator = Operator(self.platform)
        self.lost = self.vault
        self.set_at = self.lost_at = datetime.now(UTC)

    def install(self) -> None:
        """All of it, with a Vault and a place for backups."""
        self.vault.install()
        self.vault.initialise()
        self.vault.unseal()
        self.backups.install(self.platform)
        self.platform.servers()
        self.backups.give_credentials(self.platform, VAULT_TOKEN=self._may_take_snapshots())
        self.platform.gridata(self.backups.setting(self.vault.address))
        self.platform.give_credentials()
        self.platform.airflow()
        self.platform.wait_ready()

    def lose_everything(self) -> None:
        """Platform and Vault with their volumes; the place of backups stands."""
        self.lost_at, self.lost = datetime.now(UTC), self.vault
        self.platform.remove()
        self.vault.remove()
        self.vault = Vault(self.cluster, self.lost.namespace)
        self.platform = Installation(self.cluster, NAMESPACE)  # with passwords of its own
        self.operator = Operator(self.platform)

    def remove(self) -> None:
        """All of it, backups too."""
        self.platform.remove()
        self.vault.remove()
        self.backups.remove()

    def _may_take_snapshots(self) -> str:
        """A token of Vault that may do this alone."""
        with self.vault.client() as client:
            rule = 'path "sys/storage/raft/snapshot" { capabilities = ["read"] }'
            client.sys.create_or_update_policy("snapshots", rule)
            client.sys.enable_secrets_engine("kv", path="drill", options={"version": "2"})
            client.secrets.kv.v2.create_or_update_secret("canary", {"text": CANARY}, mount_point="drill")
            made = client.auth.token.create(policies=["snapshots"], ttl="2h", no_parent=True)
        return str(made["auth"]["client_token"])


@pytest.fixture(scope="module")
def drill(cluster: Cluster) -> Iterator[Drill]:
    assert os.environ.get(vault.SETTING), f"no {vault.SETTING}: the drill needs an image whose entry point is vault."
    report = Report("drill")
    found = Drill(cluster, report)
    found.remove()  # of a run that was killed
    try:
        with report.timed("install_to_ready_s"):
            found.install()
        yield found
        report.write()
    finally:
        if not os.environ.get("GRIDATA_E2E_KEEP"):
            found.remove()


def test_a_set_is_made_of_all_that_there_is_and_is_whole(drill: Drill) -> None:
    drill.platform.drop(BEFORE)
    drill.platform.published("customers/v1/", len(BEFORE))
    assert (drill.platform.rows(BRONZE), drill.platform.rows(QUARANTINE)) == (3, 1)

    made = drill.operator.back_up()

    drill.set_at, ended = (datetime.fromisoformat(made[name]) for name in ("taken_utc", "ended_utc"))
    drill.report.add("backup_s", (ended - drill.set_at).total_seconds())
    (kept,) = json.loads(drill.operator.run("backup", "list", "--json").splitlines()[-1])
    assert kept["vault"]
    assert ": 0 damaged, 0 not hashed" in drill.operator.run("backup", "check", "latest")


def test_what_landed_after_the_set_is_all_that_a_loss_of_everything_takes(drill: Drill) -> None:
    drill.platform.drop(AFTER)
    drill.platform.published("customers/v1/late", 1)

    drill.lose_everything()

    claims = [each["spec"].get("claimRef", {}).get("namespace", "") for each in drill.cluster.get("persistentvolumes")]
    assert not [claim for claim in claims if claim.startswith(NAMESPACE) and claim != drill.backups.namespace]
    drill.report.add("rpo_s", (drill.lost_at - drill.set_at).total_seconds())


def test_empty_servers_become_what_they_were_and_verify_proves_it(drill: Drill) -> None:
    with drill.report.timed("rto_to_ready_s"):
        with drill.report.timed("rto_to_verified_s"):
            drill.platform.servers()
            drill.backups.give_credentials(drill.platform)
            drill.platform.gridata(drill.backups.setting(restore="latest"))
            init = ("job", "--selector=app.kubernetes.io/component=init", "--namespace", NAMESPACE)
            drill.cluster.kubectl("wait", "--for=condition=complete", *init, "--timeout=600s")
            proof = json.loads(drill.operator.run("verify", "--json").splitlines()[-1])
        assert proof["ok"], proof
        assert (proof["files"], proof["bronze_rows"], proof["quarantine_rows"]) == (len(BEFORE), 3, 1)
        drill.platform.gridata(drill.backups.setting())
        drill.platform.give_credentials()
        drill.platform.airflow()
        drill.platform.wait_ready()
    assert drill.platform.rows(BRONZE) == 3


def test_producers_drop_what_was_lost_again_and_it_is_published_once(drill: Drill) -> None:
    drill.platform.drop(AFTER)
    drill.platform.published("customers/v1/late", 1)

    assert drill.platform.rows(BRONZE) == 5
    assert drill.platform.gridata_command("verify")["ok"]


def test_an_empty_vault_becomes_the_lost_one_for_its_old_key(drill: Drill) -> None:
    drill.vault.install()
    drill.vault.initialise()
    drill.vault.unseal()
    given = {"GRIDATA_BACKUP_VAULT": drill.vault.address, "VAULT_TOKEN": drill.vault.root_token}

    with drill.report.timed("vault_restore_s"):
        drill.operator.run("backup", "restore", "latest", "--only", "vault", env=given)
        drill.lost.unseal()

    drill.vault = drill.lost
    with drill.vault.client() as client:
        kept = client.secrets.kv.v2.read_secret_version("canary", mount_point="drill", raise_on_deleted_version=True)
    assert kept["data"]["data"]["text"] == CANARY


def test_a_catalog_that_alone_is_old_is_found_told_and_moved_on_by_a_command(drill: Drill) -> None:
    drill.platform.ledger(f"CREATE TABLE {OLD_ENTRIES} AS SELECT * FROM iceberg_tables")
    drill.platform.drop({"customers/v1/newer.csv": customers("C000006")})
    drill.platform.published("customers/v1/newer", 1)
    drill.platform.ledger(
        f"UPDATE iceberg_tables t SET metadata_location = o.metadata_location FROM {OLD_ENTRIES} o "
        "WHERE (t.table_namespace, t.table_name) = (o.table_namespace, o.table_name)"
    )
    drill.platform.ledger(f"DROP TABLE {OLD_ENTRIES}")

    assert drill.platform.gridata_command("verify", may_find=True)["violations"]
    behind = {one["table"]: one for one in drill.platform.gridata_command("table", "repair", may_find=True)}
    assert BRONZE in behind
    drill.platform.gridata_command("table", "repair", "--apply")

    assert drill.platform.gridata_command("table", "repair") == []
    assert drill.platform.gridata_command("verify")["ok"]
    assert drill.platform.rows(BRONZE, "customer_id = 'C000006'") == 1


def test_a_store_that_asks_a_sealed_vault_waits_and_all_serve_once_it_is_unsealed(drill: Drill) -> None:
    """With Vault as identity provider the store does not serve before its discovery answers."""
    issuer = f"{drill.vault.address}/v1/identity/oidc"
    with drill.vault.client() as client:
        client.write("identity/oidc/config", issuer=drill.vault.address)
    discovery = f"{issuer}/.well-known/openid-configuration"
    drill.platform.store(
        MINIO_IDENTITY_OPENID_CONFIG_URL=discovery,
        MINIO_IDENTITY_OPENID_CLIENT_ID="gridata",
        MINIO_IDENTITY_OPENID_CLAIM_NAME="policy",
    )
    drill.platform.wait_ready()
    drill.vault.delete_pod()
    drill.cluster.kubectl("delete", "pod", "minio-0", "--namespace", NAMESPACE)

    wait_for("a store that runs and does not serve", lambda: _waits(drill), 120)
    with drill.report.timed("unsealed_to_ready_s"):
        drill.vault.unseal()
        drill.platform.wait_ready()
    drill.platform.drop({"customers/v1/unsealed.csv": customers("C000007")})
    drill.platform.published("customers/v1/unsealed", 1)


def test_a_cold_start_of_everything_at_once_needs_no_hand_but_the_one_that_unseals(drill: Drill) -> None:
    servers = ("statefulset/postgres", "statefulset/airflow-postgres", "statefulset/minio")
    everything = (*servers, "deployment/gridata-sweep", "deployment/gridata-spark-history", "deployment/airflow")
    for what in everything:
        drill.cluster.scale(NAMESPACE, what, 0, wait=False)
    drill.cluster.scale(drill.vault.namespace, "statefulset/vault", 0)
    wait_for("nothing to run", lambda: not _running(drill), 180)

    with drill.report.timed("cold_start_to_ready_s"):
        for what in reversed(everything):  # the worst order: what others need comes last
            drill.cluster.scale(NAMESPACE, what, 1, wait=False)
        drill.cluster.scale(drill.vault.namespace, "statefulset/vault", 1)
        drill.vault.unseal()
        drill.platform.wait_ready()

    drill.platform.drop({"customers/v1/cold.csv": customers("C000008")})
    drill.platform.published("customers/v1/cold", 1)
    assert drill.platform.gridata_command("verify")["ok"]


def test_nothing_is_left_of_the_drill(drill: Drill) -> None:
    drill.remove()

    left = [each["metadata"]["name"] for each in drill.cluster.get("namespaces")]
    assert not [name for name in left if name.startswith(NAMESPACE)]


def _waits(drill: Drill) -> bool:
    pods = drill.cluster.get("pods", NAMESPACE, "app.kubernetes.io/name=minio")
    return any(
        pod["status"].get("phase") == "Running"
        and not all(each["ready"] for each in pod["status"]["containerStatuses"])
        for pod in pods
    )


def _running(drill: Drill) -> list[str]:
    phases = [(pod["metadata"]["name"], pod["status"].get("phase")) for pod in drill.cluster.get("pods", NAMESPACE)]
    return [name for name, phase in phases if phase == "Running"]
