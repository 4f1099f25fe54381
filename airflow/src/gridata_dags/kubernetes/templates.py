"""What a job's object looks like in this installation: three documents that the chart mounts.

`pod.yaml` and `spark-application.yaml` say everything but what one job differs in (image, service account, volumes,
security, Spark's settings); `profiles.yaml` says what a compute profile adds. In a template's namespace `{domain}`
stands for the job's domain.
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
from gridata_dags.jobs import Job
from gridata_dags.kubernetes.ends import CONTAINER
from gridata_dags.kubernetes.objects import Kind, labels, object_name

TEMPLATES_VARIABLE = "GRIDATA_JOB_TEMPLATES"
"""Variable with the folder of the three documents."""
_DEFAULT_DIR = "/etc/gridata/jobs"
_FILES: Mapping[Kind, str] = {Kind.POD: "pod.yaml", Kind.SPARK_APPLICATION: "spark-application.yaml"}
_PROFILES = "profiles.yaml"

Body = dict[str, Any]


@dataclass(frozen=True)
class Templates:
    """The three documents.

    Attributes:
        objects: by kind, the object as one job's copy begins.
        profiles: by profile: `resources` of a pod's container, `sparkApplication` to lay over an application's spec.
    """

    objects: Mapping[Kind, Body]
    profiles: Mapping[str, Body]

    def namespace(self, kind: Kind, job: Job) -> str:
        """Where the job's objects are."""
        return str(self.objects[kind]["metadata"]["namespace"]).replace("{domain}", job.domain)

    def body(self, kind: Kind, job: Job, attempt: int) -> Body:
        """The object of one attempt.

        Raises:
            PermanentError: the installation has no such profile.
        """
        body = copy.deepcopy(self.objects[kind])
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
    """Read the three documents.

    Raises:
        PermanentError: one is missing or not what it should be.
    """
    folder = Path(os.environ.get(TEMPLATES_VARIABLE) or _DEFAULT_DIR)
    objects = {kind: _read(folder / name) for kind, name in _FILES.items()}
    for kind, body in objects.items():
        if not isinstance(body.get("metadata"), dict) or "namespace" not in body["metadata"] or "spec" not in body:
            raise PermanentError(f"{folder / _FILES[kind]}: got no metadata.namespace or no spec, allowed both.")
    _container(objects[Kind.POD])
    if objects[Kind.POD]["spec"].get("restartPolicy") != "Never":
        raise PermanentError(f"{folder / _FILES[Kind.POD]}: got a restartPolicy, allowed Never: Airflow tries again.")
    return Templates(objects, _read(folder / _PROFILES))


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
        raise PermanentError(f"{_FILES[Kind.POD]}: got {len(found)} containers named {CONTAINER!r}, allowed one.")
    container: Body = found[0]
    return container


def _laid_over(below: Body, above: Mapping[str, Any]) -> Body:
    """Mappings key by key, anything else replaced."""
    both = dict(below)
    for name, value in above.items():
        inner = both.get(name)
        both[name] = _laid_over(inner, value) if isinstance(inner, dict) and isinstance(value, Mapping) else value
    return both
