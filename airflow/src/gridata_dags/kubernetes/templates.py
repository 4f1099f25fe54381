"""What a job's object looks like in this installation: four documents that the chart mounts.

`pod.yaml`, `spark-pod.yaml` and `spark-application.yaml` say everything but what one job differs in (image, service
account, volumes, security, Spark's settings); `profiles.yaml` says what a compute profile adds. In a template's
namespace `{domain}` stands for the job's domain. `spark-pod.yaml` is for jobs of Spark where no operator is: the pod is
the driver and asks the cluster for executors itself.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gridata_contracts.errors import PermanentError
from gridata_dags.jobs import SPARK, Job
from gridata_dags.kubernetes.ends import CONTAINER
from gridata_dags.kubernetes.objects import Kind, labels, object_name

TEMPLATES_VARIABLE = "GRIDATA_JOB_TEMPLATES"
"""Variable with the folder of the documents."""
SPARK_CONF_VARIABLE = "GRIDATA_SPARK_CONF"
"""Variable of a job with settings of Spark, a line each."""
_DEFAULT_DIR = "/etc/gridata/jobs"
_POD, _SPARK_POD, _SPARK_APPLICATION = "pod.yaml", "spark-pod.yaml", "spark-application.yaml"
_PROFILES = "profiles.yaml"

Body = dict[str, Any]


@dataclass(frozen=True)
class Templates:
    """The documents.

    Attributes:
        objects: by file name, the object as one job's copy begins.
        profiles: by profile: `resources` of a pod's container, `sparkPod` (`resources`, `conf`) of a driver's,
            `sparkApplication` to lay over an application's spec.
    """

    objects: Mapping[str, Body]
    profiles: Mapping[str, Body]

    def namespace(self, kind: Kind, job: Job) -> str:
        """Where the job's objects are."""
        return str(self.objects[_file(kind, job)]["metadata"]["namespace"]).replace("{domain}", job.domain)

    def body(self, kind: Kind, job: Job, attempt: int) -> Body:
        """The object of one attempt.

        Raises:
            PermanentError: the installation has no such profile.
        """
        body = copy.deepcopy(self.objects[_file(kind, job)])
        metadata = body["metadata"]
        metadata["name"] = object_name(job, attempt)
        metadata["namespace"] = self.namespace(kind, job)
        metadata["labels"] = {**metadata.get("labels", {}), **labels(job, attempt)}
        metadata["annotations"] = {**metadata.get("annotations", {}), "gridata.io/job-key": job.key}
        profile = self._profile(job)
        if kind is Kind.POD:
            container = _container(body)
            container["args"] = [job.name, *job.arguments]
            container["resources"] = profile.get("resources", {})
            if job.engine == SPARK:
                _make_driver(container, profile.get("sparkPod", {}), labels(job, attempt, "executor"))
            return body
        spec = body["spec"] = _laid_over(body["spec"], profile.get("sparkApplication", {}))
        spec["arguments"] = [job.name, *job.arguments]
        for part in ("driver", "executor"):
            spec[part]["labels"] = {**spec[part].get("labels", {}), **labels(job, attempt, part)}
        return body

    def _profile(self, job: Job) -> Body:
        if job.profile not in self.profiles:
            raise PermanentError(
                f"compute profile: got {job.profile!r}, allowed {', '.join(sorted(self.profiles))}. "
                f"Add it to {_PROFILES} of {TEMPLATES_VARIABLE}, or change the pipeline."
            )
        return self.profiles[job.profile]


def load_templates() -> Templates:
    """Read the documents.

    Raises:
        PermanentError: one is missing or not what it should be.
    """
    folder = Path(os.environ.get(TEMPLATES_VARIABLE) or _DEFAULT_DIR)
    objects = {name: _read(folder / name) for name in (_POD, _SPARK_POD, _SPARK_APPLICATION)}
    for name, body in objects.items():
        if not isinstance(body.get("metadata"), dict) or "namespace" not in body["metadata"] or "spec" not in body:
            raise PermanentError(f"{folder / name}: got no metadata.namespace or no spec, allowed both.")
    for name in (_POD, _SPARK_POD):
        _container(objects[name])
        if objects[name]["spec"].get("restartPolicy") != "Never":
            raise PermanentError(f"{folder / name}: got a restartPolicy, allowed Never: Airflow tries again.")
    return Templates(objects, _read(folder / _PROFILES))


def _file(kind: Kind, job: Job) -> str:
    if kind is Kind.SPARK_APPLICATION:
        return _SPARK_APPLICATION
    return _SPARK_POD if job.engine == SPARK else _POD


def _make_driver(container: Body, profile: Body, executor_labels: Mapping[str, str]) -> None:
    """The job's container asks for executors as the profile says; they have the job's labels."""
    conf = {f"spark.kubernetes.executor.label.{name}": value for name, value in executor_labels.items()}
    lines = [f"{name}={value}" for name, value in {**conf, **profile.get("conf", {})}.items()]
    container["resources"] = profile.get("resources", container["resources"])
    container["env"] = [*container.get("env", []), {"name": SPARK_CONF_VARIABLE, "value": "\n".join(lines)}]


def _read(path: Path) -> Body:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PermanentError(
            f"{path}: got no such document, allowed the ones of the chart. Set {TEMPLATES_VARIABLE}."
        ) from error
    except yaml.YAMLError as error:
        raise PermanentError(f"{path}: got no YAML ({error}), allowed one document.") from error
    if not isinstance(found, dict):
        raise PermanentError(f"{path}: got {type(found).__name__}, allowed one mapping.")
    return found


def _container(pod: Body) -> Body:
    found = [each for each in pod["spec"].get("containers", []) if each.get("name") == CONTAINER]
    if len(found) != 1:
        raise PermanentError(f"pod template: got {len(found)} containers named {CONTAINER!r}, allowed one.")
    container: Body = found[0]
    return container


def _laid_over(below: Body, above: Mapping[str, Any]) -> Body:
    """Mappings key by key, anything else replaced."""
    both = dict(below)
    for name, value in above.items():
        inner = both.get(name)
        both[name] = _laid_over(inner, value) if isinstance(inner, dict) and isinstance(value, Mapping) else value
    return both
