"""A place for backups in a store of its own, and an operator who makes and brings back sets."""

from __future__ import annotations

import json
import secrets
from typing import Any

import boto3
from botocore.config import Config
from k8s_e2e.cluster import ROOT, Cluster, Object, wait_for
from k8s_e2e.installation import Installation

BUCKET = "backups"
SECRET = "backup"
_USER = "backup-root"
_ENDED_S = 300.0


class Backups:
    """A second store in a namespace that no loss of the platform touches."""

    def __init__(self, cluster: Cluster, namespace: str, from_namespace: str) -> None:
        self._cluster, self.namespace, self._from = cluster, namespace, from_namespace
        self._password = secrets.token_hex(12)

    def install(self, platform: Installation) -> None:
        """Make it, with one bucket."""
        self._cluster.namespace(self.namespace)
        root = {"rootUser": _USER, "rootPassword": self._password}
        self._cluster.secret(self.namespace, "minio-root", root)
        values = {"image": platform.minio_image(), "networkPolicy": {"fromNamespaces": [self._from]}}
        chart = ("upgrade", "--install", "minio", str(ROOT / "helm/charts/minio"), "--namespace", self.namespace)
        self._cluster.helm(*chart, "--values", "-", text=json.dumps(values))
        self._cluster.kubectl("rollout", "status", "statefulset/minio", "-n", self.namespace, "--timeout=300s")
        with self._cluster.forward(self.namespace, "minio", 9000) as address:
            s3 = boto3.client(
                "s3",
                endpoint_url=f"http://{address}",
                aws_access_key_id=_USER,
                aws_secret_access_key=self._password,
                region_name="us-east-1",
                config=Config(s3={"addressing_style": "path"}),
            )
            s3.create_bucket(Bucket=BUCKET)

    def setting(self, vault: str = "", restore: str | None = None) -> str:
        """Of the chart `gridata`: back up to here, and Vault's snapshot where an address is given."""
        where = {"place": f"s3://{BUCKET}/drill", "s3Endpoint": f"http://minio.{self.namespace}.svc:9000"}
        return "backup=" + json.dumps({"enabled": True, **where, "secret": SECRET, "vault": vault, "restore": restore})

    def give_credentials(self, platform: Installation, **other: str) -> None:
        """To whoever backs the platform up, or brings it back."""
        keys = {"GRIDATA_BACKUP_ACCESS_KEY_ID": _USER, "GRIDATA_BACKUP_SECRET_ACCESS_KEY": self._password}
        self._cluster.secret(platform.namespace, SECRET, {**keys, **other})

    def remove(self) -> None:
        """All of it, with every set."""
        self._cluster.remove_namespaces(self.namespace)


class Operator:
    """Who runs a command where nothing of the platform need run: in a job like the nightly one's."""

    def __init__(self, platform: Installation) -> None:
        self._cluster, self._namespace, self._number = platform.cluster, platform.namespace, 0

    def run(self, *words: str, env: dict[str, str] | None = None, may_find: bool = False) -> str:
        """What `gridata` printed, once it ended. `may_find`: also with status 1."""
        job = self._like_the_nightly_one()
        pod = job["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        shell = 'gridata "$@"' + (" || [ $? = 1 ]" if may_find else "")
        container["command"], container["args"] = ["sh", "-c", shell, "gridata"], list(words)
        container["env"] = [{"name": name, "value": value} for name, value in (env or {}).items()]
        job["spec"]["backoffLimit"] = 0
        self._cluster.apply(job)
        return self._end_of(job["metadata"]["name"])

    def back_up(self) -> Any:
        """What the nightly job does, now."""
        return json.loads(self.run("backup", "run", "--json").splitlines()[-1])

    def _like_the_nightly_one(self) -> Object:
        self._number += 1
        words = ("create", "job", f"by-hand-{self._number}", "--from=cronjob/gridata-backup", "-n", self._namespace)
        job: Object = json.loads(self._cluster.kubectl(*words, "--dry-run=client", "--output=json"))
        return job

    def _end_of(self, job: str) -> str:
        def ended() -> str | None:
            words = ("get", "job", job, "--namespace", self._namespace, "--output=json")
            status = json.loads(self._cluster.kubectl(*words)).get("status", {})
            return "succeeded" if status.get("succeeded") else "failed" if status.get("failed") else None

        how = wait_for(f"the end of {job}", ended, _ENDED_S)
        said = self._cluster.kubectl("logs", f"job/{job}", "--namespace", self._namespace)
        assert how == "succeeded", f"{job}: {said}"
        return said
