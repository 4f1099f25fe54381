"""What stands in rendered objects: pods wherever they are, and what a policy lets into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

Object = dict[str, Any]
_TEMPLATED = {"Deployment", "StatefulSet", "DaemonSet", "Job"}


def by_kind(objects: Iterable[Object], kind: str) -> list[Object]:
    """Objects of a kind."""
    return [found for found in objects if found["kind"] == kind]


def pods(objects: Iterable[Object]) -> Iterator[tuple[str, str, dict[str, str], Object]]:
    """(name, namespace, labels, spec) of every pod there will be, those that Airflow makes from templates included."""
    for found in objects:
        metadata = found["metadata"]
        if found["kind"] in _TEMPLATED:
            template = found["spec"]["template"]
            yield metadata["name"], metadata["namespace"], template["metadata"]["labels"], template["spec"]
        if found["kind"] == "ConfigMap" and "pod.yaml" in found["data"]:
            pod = yaml.safe_load(found["data"]["pod.yaml"])
            yield "job", pod["metadata"]["namespace"], pod["metadata"]["labels"], pod["spec"]
            yield from spark_pods(yaml.safe_load(found["data"]["spark-application.yaml"]))


def spark_pods(application: Object) -> Iterator[tuple[str, str, dict[str, str], Object]]:
    """Driver and executor as the operator will make them: a scanner of pods sees nothing in a SparkApplication."""
    spec = application["spec"]
    for part in ("driver", "executor"):
        role = spec[part]
        container = {
            "name": part,
            "image": spec["image"],
            "securityContext": role["securityContext"],
            "volumeMounts": role["volumeMounts"],
            "resources": {"requests": {"memory": role["memory"]}, "limits": {"memory": role["memory"]}},
        }
        pod = {"securityContext": role["podSecurityContext"], "containers": [container], "volumes": spec["volumes"]}
        yield part, application["metadata"]["namespace"], application["metadata"]["labels"], pod


def allowed_ports(objects: Iterable[Object], labels: dict[str, str], namespace: str, peer: str) -> set[str]:
    """Ports of a pod that pods of a namespace may reach; `any` where no policy selects the pod or no port is named.

    Args:
        objects: rendered.
        labels: of the pod that is reached.
        namespace: of that pod.
        peer: namespace of those that reach it.
    """
    selecting = [
        policy
        for policy in by_kind(objects, "NetworkPolicy")
        if policy["metadata"]["namespace"] == namespace
        and (policy["spec"]["podSelector"].get("matchLabels") or {}).items() <= labels.items()
    ]
    if not selecting:
        return {"any"}
    rules = [rule for policy in selecting for rule in policy["spec"].get("ingress") or []]
    found: set[str] = set()
    for rule in rules:
        if any(_is_peer(each, namespace, peer) for each in rule["from"]):
            found |= {str(port["port"]) for port in rule.get("ports") or []} or {"any"}
    return found


def _is_peer(source: Object, namespace: str, peer: str) -> bool:
    if "namespaceSelector" in source:
        return bool(source["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] == peer)
    return peer == namespace
