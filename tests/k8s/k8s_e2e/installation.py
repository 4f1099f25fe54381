"""One Gridata in a cluster, from our charts and images, with a small Airflow beside it, in three namespaces."""

from __future__ import annotations

import json
import os
import secrets
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config
from k8s_e2e.cluster import ROOT, Cluster, Object, wait_for

NAMESPACE = "gridata-e2e"
JOBS = f"{NAMESPACE}-ecommerce"
_READY_S = 600.0
PUBLISHED_S = 240.0
"""Time that a batch may take on a small node on which other jobs run."""


@dataclass(frozen=True)
class Release:
    """Images of one tag, with the charts of the same state, and these tests' Airflow.

    Attributes:
        root: a work tree of this repository in that state.
    """

    tag: str
    airflow_tag: str
    root: Path = ROOT

    @staticmethod
    def this() -> Release:
        """What the settings name."""
        tag = os.environ.get("GRIDATA_E2E_TAG", "dev")
        return Release(tag, os.environ.get("GRIDATA_E2E_AIRFLOW_TAG", tag))


class Installation:
    """What a platform engineer installs, and what a producer and an operator then do with it.

    Settings (environment): GRIDATA_E2E_IMAGES (default `gridata`) and GRIDATA_E2E_TAG (default `dev`) of Gridata's
    images, GRIDATA_E2E_AIRFLOW_TAG where Airflow's is another one, GRIDATA_E2E_POSTGRES (default `postgres`),
    GRIDATA_E2E_MINIO_TAG, GRIDATA_E2E_STATSD (an image of the exporter, where Airflow's numbers are wanted).
    """

    def __init__(self, cluster: Cluster, namespace: str = NAMESPACE, *, watched: bool = False) -> None:
        """
        Args:
            cluster: where.
            namespace: everything but jobs is in it; those of jobs begin so, too.
            watched: Airflow tells its numbers to an exporter beside it, MinIO tells its own to whoever asks.
        """
        self.cluster, self.namespace, self._watched = cluster, namespace, watched
        self.jobs_namespace = f"{namespace}-ecommerce"
        self.domains = (self.jobs_namespace, f"{namespace}-platform")
        self._images = os.environ.get("GRIDATA_E2E_IMAGES", "gridata")
        self.release = Release.this()
        """What `gridata` and `airflow` install."""
        self._root_password, self._database_password = secrets.token_hex(12), secrets.token_hex(12)

    def install(self, *settings: str) -> None:
        """Everything, in order; waits until it is ready. `settings` as `gridata` takes them."""
        self.servers()
        self.gridata(*settings)
        self.give_credentials()  # the chart makes the namespaces; whoever gives out credentials fills them
        self.airflow()
        self.wait_ready()

    def servers(self) -> None:
        """Databases and the store, empty, and every Secret."""
        self.cluster.namespace(self.namespace)
        self._secrets()
        postgres = os.environ.get("GRIDATA_E2E_POSTGRES", "postgres")
        clients = {"fromNamespaces": [*self.domains]}
        self._chart("postgres", "postgres", {"image": {"repository": postgres}, "networkPolicy": clients})
        self._chart("postgres", "airflow-postgres", {"image": {"repository": postgres}, "database": "airflow"})
        self.store()

    def store(self, **env: str) -> None:
        """Install or upgrade MinIO; `env` is further environment of its server."""
        env = {**({"MINIO_PROMETHEUS_AUTH_TYPE": "public"} if self._watched else {}), **env}
        clients = {"fromNamespaces": [*self.domains]}
        self._chart("minio", "minio", {"env": env, "image": self.minio_image(), "networkPolicy": clients})

    def airflow(self) -> None:
        """The small one of these tests, with a database of its own."""
        if self._watched:  # first: Airflow looks its address up once, at its start
            exporter = os.environ.get("GRIDATA_E2E_STATSD", "prom/statsd-exporter:v0.28.0")
            self._objects("statsd.yaml", image=exporter)
        image = self.image("airflow")
        # Without Spark's operator a job of Spark is a pod that asks for executors itself.
        given = {"backend": "pod", "statsd": str(self._watched)}
        self._objects("airflow.yaml", image=f"{image['repository']}:{image['tag']}", **given)

    def gridata(self, *settings: str, **sweep: object) -> None:
        """Install or upgrade Gridata's own chart; `settings` are further values, as Helm's --set-json takes them."""
        launcher = {"namespace": self.namespace, "name": "airflow"}
        values = {
            "images": {part: self.image(name) for part, name in (("control", "control"), ("jobs", "spark-jobs"))},
            "settings": {
                "s3Endpoint": f"http://minio.{self.namespace}.svc:9000",
                "airflowUrl": f"http://airflow.{self.namespace}.svc:8080",
            },
            "sweep": {"airflowSecret": "airflow-api", "intervalSeconds": 5, **sweep},
            "jobs": {"namespacePrefix": f"{self.namespace}-", "launchers": [launcher]},
        }
        self._chart("gridata", "gridata", values, *settings)

    def give_credentials(self, **other: str) -> None:
        """To the namespaces of jobs; `other` ones by name."""
        for namespace in self.domains:
            self.cluster.secret(namespace, "gridata", {**self._credentials(), **other})

    def roll_back(self) -> None:
        """Gridata's chart as it was before the last upgrade."""
        self.cluster.helm("rollback", "gridata", "--namespace", self.namespace)

    def wait_ready(self) -> None:
        """Until everything that was installed serves."""
        for kind in ("statefulset", "deployment"):
            for each in self.cluster.get(kind, self.namespace):
                what = (f"{kind}/{each['metadata']['name']}", "--namespace", self.namespace)
                self.cluster.kubectl("rollout", "status", *what, f"--timeout={_READY_S:.0f}s")

    def remove(self) -> None:
        """Everything that was installed; volumes go with their claims."""
        for release in ("gridata", "minio", "airflow-postgres", "postgres"):
            self.cluster.helm("uninstall", release, "--namespace", self.namespace, "--ignore-not-found", "--wait")
        self.cluster.remove_namespaces(self.namespace, *self.domains)

    @contextmanager
    def landing(self) -> Iterator[Any]:
        """A producer's S3 client, through a port of this machine."""
        with self.cluster.forward(self.namespace, "minio", 9000) as address:
            yield boto3.client(
                "s3",
                endpoint_url=f"http://{address}",
                aws_access_key_id="gridata-root",
                aws_secret_access_key=self._root_password,
                region_name="us-east-1",
                config=Config(s3={"addressing_style": "path"}),
            )

    def applications(self) -> list[Object]:
        """What Spark's history server knows, newest first."""
        with self.cluster.forward(self.namespace, "gridata-spark-history", 18080) as address:
            answer = urllib.request.urlopen(f"http://{address}/api/v1/applications", timeout=30)
            with answer:
                found: list[Object] = json.load(answer)
                return found

    def drop(self, files: dict[str, Path | bytes]) -> None:
        """Put files into the landing bucket by key below `landing/ecommerce/`, and do nothing else."""
        with self.landing() as s3:
            for key, content in files.items():
                body = content if isinstance(content, bytes) else content.read_bytes()
                s3.put_object(Bucket="landing", Key=f"landing/ecommerce/{key}", Body=body)

    def gridata_command(self, *words: str, may_find: bool = False) -> Any:
        """JSON that the command answers in the sweep's pod, as an operator asks; `may_find`: also with status 1."""
        shell = ("sh", "-c", 'gridata "$@" --json' + (" || [ $? = 1 ]" if may_find else ""), "gridata")
        where = ("deployment/gridata-sweep", "--namespace", self.namespace)
        return json.loads(self.cluster.kubectl("exec", *where, "--", *shell, *words).splitlines()[-1])

    def rows(self, table: str, where: str = "true") -> int:
        """How many rows of a table are so."""
        return int(self.gridata_command("sql", f"SELECT count(*) AS n FROM {table} WHERE {where}")[0]["n"])

    def files(self, prefix: str) -> list[Object]:
        """Fates of the landed files whose key begins so."""
        return [
            file
            for file in self.gridata_command("status")["files"]
            if file["key"].startswith(f"landing/ecommerce/{prefix}")
        ]

    def published(self, prefix: str, number: int, within_s: float = PUBLISHED_S) -> list[Object]:
        """Those files, once so many are published."""

        def look() -> list[Object] | None:
            found = [file for file in self.files(prefix) if file["state"] == "PUBLISHED"]
            return found if len(found) >= number else None

        return wait_for(f"{number} files of {prefix} published", look, within_s)

    def jobs(self, dag: str = "") -> list[Object]:
        """Pods of jobs, drivers' executors not among them."""
        selector = "app.kubernetes.io/component=job" + (f",gridata.io/dag={dag}" if dag else "")
        return self.cluster.get("pods", self.jobs_namespace, selector)

    def attempts(self, key: str) -> list[Object]:
        """Pods of the ingest of the batch that a landed file is in, oldest first."""
        batches = [file["batch_id"] for file in self.files(key) if file["batch_id"]]
        keys = [(pod, pod["metadata"]["annotations"].get("gridata.io/job-key", "")) for pod in self.jobs()]
        return [pod for pod, job in keys if ".ingest." in job and any(batch in job for batch in batches)]

    def going(self, key: str) -> Object:
        """The pod that ingests a landed file, once it runs."""

        def look() -> Object | None:
            return next((pod for pod in self.attempts(key) if pod["status"].get("phase") == "Running"), None)

        return wait_for(f"a running ingest of {key}", look, 120)

    def instants(self, batch_id: str) -> dict[str, datetime]:
        """When the ledger saw, made, started and published a batch."""
        query = (
            "SELECT json_build_object('landed', min(f.modified_utc), 'seen', min(f.seen_at_utc), 'batched', "
            "min(b.created_at_utc), 'dispatched', min(b.dispatched_at_utc), 'published', min(b.published_at_utc)) "
            f"FROM batches b JOIN files f ON f.batch_id = b.batch_id WHERE b.batch_id = '{batch_id}'"
        )
        found = json.loads(self.ledger(query))
        return {name: datetime.fromisoformat(text) for name, text in found.items()}

    def image(self, name: str) -> dict[str, str]:
        """Repository and tag of one of our images."""
        tag = self.release.airflow_tag if name == "airflow" else self.release.tag
        return {"repository": f"{self._images}/{name}", "tag": tag}

    def minio_image(self) -> dict[str, str]:
        """Repository and tag of the store's image."""
        return {"repository": f"{self._images}/minio", "tag": os.environ.get("GRIDATA_E2E_MINIO_TAG", "20260212")}

    def ledger(self, statement: str) -> str:
        """What PostgreSQL answers, as the ledger's owner."""
        command = ("exec", "postgres-0", "--namespace", self.namespace, "--", "psql", "-U", "gridata", "-Atc")
        return self.cluster.kubectl(*command, statement)

    def _credentials(self) -> dict[str, str]:
        url = f"postgresql+psycopg2://gridata:{self._database_password}@postgres.{self.namespace}.svc:5432/gridata"
        return {
            "GRIDATA_CATALOG_URI": url,
            "GRIDATA_LEDGER_URL": url,
            "AWS_ACCESS_KEY_ID": "gridata-root",
            "AWS_SECRET_ACCESS_KEY": self._root_password,
            "AWS_REGION": "us-east-1",
        }

    def _secrets(self) -> None:
        password, database = secrets.token_hex(12), f"airflow-postgres.{self.namespace}.svc:5432/airflow"
        root = {"rootUser": "gridata-root", "rootPassword": self._root_password}
        airflow = {
            "database": f"postgresql+psycopg2://gridata:{self._database_password}@{database}",
            "password": password,
            "jwt": secrets.token_hex(32),
        }
        api = {"GRIDATA_AIRFLOW_USER": "gridata", "GRIDATA_AIRFLOW_PASSWORD": password}
        postgres, gridata = {"password": self._database_password}, self._credentials()
        each = {"minio-root": root, "postgres": postgres, "gridata": gridata, "airflow": airflow, "airflow-api": api}
        for name, values in each.items():
            self.cluster.secret(self.namespace, name, values)

    def _chart(self, chart: str, release: str, values: dict[str, object], *settings: str) -> None:
        helm = self.release.root / "helm"
        words = ["upgrade", "--install", release, str(helm / "charts" / chart), "--namespace", self.namespace]
        local = helm / "values/local" / f"{chart}.yaml"
        words += ["--values", str(local)] if chart == "gridata" else []
        words += [word for setting in settings for word in ("--set-json", setting)]
        self.cluster.helm(*words, "--values", "-", text=json.dumps(values))

    def _objects(self, file: str, **given: str) -> None:
        text = (self.release.root / "tests/k8s/k8s_e2e" / file).read_text()
        for name, value in {"namespace": self.namespace, **given}.items():
            text = text.replace(f"{{{name}}}", value)
        self.cluster.apply(*yaml.safe_load_all(text))
