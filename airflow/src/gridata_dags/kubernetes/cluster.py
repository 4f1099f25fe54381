"""The few calls of the Kubernetes API that jobs need, with errors that say whether a retry helps."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import urllib3.exceptions
from airflow.providers.cncf.kubernetes.hooks.kubernetes import KubernetesHook
from airflow.sdk.exceptions import AirflowException
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException

from gridata_contracts.errors import PermanentError, TransientError
from gridata_dags.jobs import JsonObject, RoomError
from gridata_dags.kubernetes.objects import Kind, Ref
from gridata_dags.kubernetes.templates import Body

_PATHS: Mapping[Kind, str] = {
    Kind.POD: "/api/v1/namespaces/{}/pods",
    Kind.SPARK_APPLICATION: "/apis/sparkoperator.k8s.io/v1beta2/namespaces/{}/sparkapplications",
}
_NO_ROOM = ("exceeded quota", "status unknown for quota", "cannot be fulfilled on resourcequotas")
"""What the API server's refusal says when a namespace holds as much as it may; when its quota is not counted yet; and
when another server counted at the same moment (a 409, though nothing of that name is there)."""
_TIMEOUT_S = (5, 30)
_LOG_LINES = 10_000
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _TOO_MANY = 400, 401, 403, 404, 409, 429
_SERVER_FAULT = 500


class TakenError(Exception):
    """An object of this name is there already."""


class Cluster:
    """One cluster, by Airflow's own connection to it: in the cluster the pod's service account, else a kubeconfig.

    Every call raises TransientError when the cluster does not answer, or its quota is used up for now, and
    PermanentError when it refuses.
    """

    def __init__(self, connection: str | None = None) -> None:
        """Connect when first asked.

        Args:
            connection: an Airflow connection; None = in cluster, or KUBECONFIG.
        """
        # The client reads KUBECONFIG once, when it is imported.
        self._hook = KubernetesHook(
            conn_id=connection, kubernetes_conn_id=None, config_file=os.environ.get("KUBECONFIG") or None
        )

    def create(self, kind: Kind, body: Body) -> None:
        """Make an object. Raises `TakenError` where one of its name is."""
        metadata = body["metadata"]
        with _answers(f"{kind}/{metadata['namespace']}/{metadata['name']}"):
            try:
                self._send("POST", _PATHS[kind].format(metadata["namespace"]), body=body)
            except ApiException as error:
                if error.status == _CONFLICT and _told(error, "reason") == "AlreadyExists":
                    raise TakenError from error
                raise

    def read(self, ref: Ref) -> JsonObject | None:
        """The object; None where there is none."""
        found = self._unless_gone("GET", ref)
        return None if found is None else _json(found)

    def find(self, kind: Kind, namespace: str, wanted: Mapping[str, str]) -> Sequence[JsonObject]:
        """The objects with these labels."""
        selector = ",".join(f"{name}={value}" for name, value in wanted.items())
        with _answers(f"{kind}/{namespace}"):
            found = self._send("GET", _PATHS[kind].format(namespace), {"labelSelector": selector})
        return cast("Sequence[JsonObject]", _json(found)["items"])

    def label(self, ref: Ref, given: Mapping[str, str]) -> None:
        """Add labels; nothing where the object is gone."""
        self._unless_gone("PATCH", ref, {"metadata": {"labels": dict(given)}})

    def delete(self, ref: Ref) -> None:
        """Delete with all that belongs to it; nothing where it is gone."""
        self._unless_gone("DELETE", ref)

    def log(self, namespace: str, pod: str, container: str) -> Sequence[str] | None:
        """The last lines of a container's log; None where nobody has it, or it never started."""
        path = f"{_PATHS[Kind.POD].format(namespace)}/{pod}/log"
        with _answers(f"log of {namespace}/{pod}"):
            try:
                found = self._send("GET", path, {"container": container, "tailLines": str(_LOG_LINES)})
            except ApiException as error:
                if error.status in (_BAD_REQUEST, _NOT_FOUND):
                    return None
                raise
        return found.decode("utf-8", errors="replace").splitlines()

    def _unless_gone(self, method: str, ref: Ref, body: Body | None = None) -> bytes | None:
        with _answers(str(ref)):
            try:
                return self._send(method, f"{_PATHS[ref.kind].format(ref.namespace)}/{ref.name}", body=body)
            except ApiException as error:
                if error.status == _NOT_FOUND:
                    return None
                raise

    def _send(self, method: str, path: str, query: Mapping[str, str] | None = None, body: Body | None = None) -> bytes:
        """The answer as it was sent: the client's models refuse what another version of the server leaves out."""
        content = "application/merge-patch+json" if method == "PATCH" else "application/json"
        response = self._hook.api_client.call_api(
            path,
            method,
            query_params=[*(query or {}).items()],
            header_params={"Accept": "application/json, */*", "Content-Type": content},
            body=body,
            auth_settings=["BearerToken"],
            _preload_content=False,
            _return_http_data_only=True,
            _request_timeout=_TIMEOUT_S,
        )
        return cast(bytes, response.data)


def _json(answer: bytes) -> JsonObject:
    """Raises `TransientError` for what is none: a proxy's page, say."""
    try:
        return cast("JsonObject", json.loads(answer))
    except ValueError as error:
        raise TransientError("the cluster answered without JSON. Is a proxy between? Try again.") from error


@contextmanager
def _answers(what: str) -> Iterator[None]:
    """Errors of the client as ours."""
    try:
        yield
    except ApiException as error:
        said, status = _told(error, "message") or str(error.reason), error.status or 0
        if status in (_FORBIDDEN, _CONFLICT) and says_no_room(said):
            raise RoomError(f"{what}: {said}. It waits until others have ended.") from error
        # 401: a token that has just expired is renewed by the next try; 409: somebody else was faster
        if status in (0, _UNAUTHORIZED, _CONFLICT, _TOO_MANY) or status >= _SERVER_FAULT:
            raise TransientError(f"{what}: the cluster answered {status}: {said}. Try again.") from error
        raise PermanentError(
            f"{what}: the cluster answered {status}: {said}. "
            "Check the job templates, and what Airflow's service account may do."
        ) from error
    except ConfigException as error:
        raise PermanentError(
            f"{what}: got no way to a cluster ({error}), allowed a pod's service account or a kubeconfig. "
            "Set KUBECONFIG."
        ) from error
    except AirflowException as error:  # the hook's, about the connection
        raise PermanentError(f"{what}: {error}. Check Airflow's connection to the cluster.") from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise TransientError(f"{what}: the cluster did not answer ({type(error).__name__}). Try again.") from error


def says_no_room(message: str) -> bool:
    """Whether a refusal is for want of room, which others' ends will make."""
    return any(words in message for words in _NO_ROOM)


def _told(error: ApiException, what: str) -> str:
    """A text of the API server's answer; empty where it has none."""
    try:
        found: Any = json.loads(error.body or "")
    except ValueError:
        return ""
    return str(found.get(what) or "") if isinstance(found, dict) else ""
