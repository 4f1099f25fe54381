"""What the chart installs for a domain's jobs, applied to the tests' API server, and Airflow's way into it."""

import json
import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from kubernetes.client import (
    ApiClient,
    ApiextensionsV1Api,
    AuthorizationV1Api,
    Configuration,
    CoreV1Api,
    RbacAuthorizationV1Api,
)
from kubernetes.utils import create_from_dict
from servers.apiserver import ApiServer

ROOT = Path(__file__).resolve().parents[3]
CHART = ROOT / "helm" / "charts" / "gridata"
NAMESPACE = "gridata-ecommerce"
LAUNCHER = {"namespace": "airflow", "name": "airflow-triggerer"}
OUR_DEFINITION = Path(__file__).with_name("sparkapplications.yaml")
CHARTS_VARIABLE = "GRIDATA_UPSTREAM_CHARTS"
"""Folder with others' charts, as tests/terraform/test_upstream_charts.py has it."""
Object = dict[str, Any]


def their_definition() -> Path | None:
    """The operator's own definition of a SparkApplication, as its chart has it; None where that is not there."""
    charts = os.environ.get(CHARTS_VARIABLE)
    found = Path(charts or "") / "spark-operator" / "crds" / "sparkoperator.k8s.io_sparkapplications.yaml"
    return found if charts and found.is_file() else None


@cache
def rendered(values: str | None = "local") -> list[Object]:
    """The chart's objects of jobs, with the values of an environment, and Airflow as launcher. Not to be changed."""
    helm = subprocess.run([str(ROOT / "scripts/build_tool.sh"), "helm"], check=True, stdout=subprocess.PIPE, text=True)
    command = [helm.stdout.splitlines()[-1], "template", "gridata", str(CHART), "--namespace", "gridata"]
    command += ["--values", str(ROOT / "helm/values" / values / "gridata.yaml")] if values else []
    command += ["--set-json", f"jobs.launchers={json.dumps([LAUNCHER])}"]
    command += [f"--show-only=templates/jobs/{name}.yaml" for name in ("domains", "templates")]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [found for found in yaml.safe_load_all(text) if found]


def write_templates(objects: list[Object], folder: Path) -> Path:
    """The folder with the documents that Airflow mounts."""
    (documents,) = [each["data"] for each in objects if "pod.yaml" in each.get("data", {})]
    folder.mkdir()
    for name, text in documents.items():
        (folder / name).write_text(text)
    return folder


@dataclass(frozen=True)
class Installation:
    """The cluster as its administrator has it."""

    server: ApiServer
    client: ApiClient

    @property
    def core(self) -> CoreV1Api:
        return CoreV1Api(self.client)

    @property
    def rbac(self) -> RbacAuthorizationV1Api:
        return RbacAuthorizationV1Api(self.client)

    def install(self, objects: list[Object]) -> None:
        """Namespaces first, and Airflow's own, with its account."""
        launcher = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": LAUNCHER}
        spaces = [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("gridata", "airflow")
        ]
        of_domains = [each for each in objects if each["kind"] == "Namespace"]
        for each in [*spaces, launcher, *of_domains, *(each for each in objects if each["kind"] != "Namespace")]:
            create_from_dict(self.client, each)

    def define(self, definition: Path) -> None:
        """Create the definition of a SparkApplication, or put this one in the place of the other."""
        api, body = ApiextensionsV1Api(self.client), yaml.safe_load(definition.read_text())
        name = body["metadata"]["name"]
        known = {each.metadata.name: each for each in api.list_custom_resource_definition().items}
        if name not in known:
            api.create_custom_resource_definition(body)
        else:
            body["metadata"]["resourceVersion"] = known[name].metadata.resource_version
            api.replace_custom_resource_definition(name, body)

    def count_quota(self, *, used_up: bool = False, known: bool = True) -> None:
        """The controller of quotas has counted: nothing is used, or all; or it did not get as far (`known`)."""
        (quota,) = self.core.list_namespaced_resource_quota(NAMESPACE).items
        hard = quota.spec.hard
        used = hard if used_up else dict.fromkeys(hard, "0")
        quota.status = {"hard": hard, "used": used if known else {}}
        self.core.replace_namespaced_resource_quota_status(quota.metadata.name, NAMESPACE, quota)

    def write_kubeconfig(self, path: Path) -> None:
        """Airflow's way in: as its service account, and with no other right."""
        asked = {"spec": {"expirationSeconds": 3600}}
        answer = self.core.create_namespaced_service_account_token(LAUNCHER["name"], LAUNCHER["namespace"], asked)
        cluster = {"server": self.server.url, "certificate-authority": str(self.server.certificate)}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "airflow",
            "contexts": [{"name": "airflow", "context": {"cluster": "airflow", "user": "airflow"}}],
            "clusters": [{"name": "airflow", "cluster": cluster}],
            "users": [{"name": "airflow", "user": {"token": answer.status.token}}],
        }
        path.write_text(json.dumps(config))

    def launcher_may(self, verb: str, group: str, resource: str) -> bool:
        """What the API server says of the launcher in the domain's namespace."""
        resource, _, subresource = resource.partition("/")
        about = {"namespace": NAMESPACE, "verb": verb, "group": group, "resource": resource, "subresource": subresource}
        user = f"system:serviceaccount:{LAUNCHER['namespace']}:{LAUNCHER['name']}"
        review = {"spec": {"user": user, "resourceAttributes": about}}
        return bool(AuthorizationV1Api(self.client).create_subject_access_review(review).status.allowed)


def administrator(server: ApiServer) -> Installation:
    """An API server by the hand of who may do everything."""
    configuration = Configuration(host=server.url)
    configuration.ssl_ca_cert = str(server.certificate)
    configuration.api_key = {"authorization": f"Bearer {server.admin_token}"}
    return Installation(server, ApiClient(configuration))
