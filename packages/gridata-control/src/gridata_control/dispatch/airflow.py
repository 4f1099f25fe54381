"""Airflow's REST API (v2, Airflow 3): token, create a run, read a run."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from gridata_contracts.errors import PermanentError, TransientError
from gridata_contracts.model import JsonValue
from gridata_control.dispatch.dispatcher import NoRunsError, RunRequest, RunState, Started
from gridata_control.landing.names import printable

if TYPE_CHECKING:
    import httpx

_TIMEOUT_S = 30.0
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _TOO_MANY, _SERVER_FAULT = 401, 403, 404, 409, 429, 500
_DETAIL_MAX_CHARS = 300


class UnreachableError(NoRunsError, TransientError):
    """Airflow does not answer."""


class LoginRefusedError(NoRunsError, PermanentError):
    """Airflow does not let us in."""


class AirflowDispatcher:
    """One Airflow. Logs in when first needed and again when the token expired.

    Args:
        url: root of the web server, such as `http://localhost:8080`.
        user: login of the auth manager that serves `POST /auth/token`; None where the API is open to this host.
        password: its password.
    """

    runs_here = False

    def __init__(self, url: str, user: str | None = None, password: str | None = None) -> None:
        self._url = url.rstrip("/")
        self._user = user
        self._password = password
        self._token: str | None = None

    def start(self, request: RunRequest) -> Started | None:
        """Create the run; None when the id is taken (409)."""
        body: JsonValue = {"dag_run_id": request.run_id, "logical_date": None, "conf": dict(request.conf)}
        response = self._call("POST", f"/api/v2/dags/{_segment(request.dag_id)}/dagRuns", body)
        if response.status_code == _CONFLICT:
            return None
        if response.status_code == _NOT_FOUND:
            raise TransientError(
                f"{self._url}: DAG {request.dag_id}: not known yet{_detail(response)}. "
                "Is its file parsed without errors?"
            )
        return Started(_state(self._data(response)))

    def state(self, dag_id: str, run_id: str) -> RunState | None:
        """State of the run; None when Airflow has none of this id."""
        response = self._call("GET", f"/api/v2/dags/{_segment(dag_id)}/dagRuns/{_segment(run_id)}")
        if response.status_code == _NOT_FOUND:
            return None
        return _state(self._data(response))

    def _call(self, method: str, path: str, body: JsonValue = None) -> httpx.Response:
        if self._token is None:
            self._log_in()
        response = self._send(method, path, body)
        if response.status_code == _UNAUTHORIZED and self._user is not None:  # expired, or Airflow has a new key
            self._log_in()
            response = self._send(method, path, body)
        return response

    def _log_in(self) -> None:
        if self._user is None:
            return
        self._token = None
        response = self._send("POST", "/auth/token", {"username": self._user, "password": self._password})
        if response.status_code in (_UNAUTHORIZED, _FORBIDDEN):
            raise LoginRefusedError(
                f"{self._url}: login of {self._user} refused. Check GRIDATA_AIRFLOW_USER/_PASSWORD."
            )
        self._token = str(self._data(response)["access_token"])

    def _send(self, method: str, path: str, body: JsonValue) -> httpx.Response:
        import httpx

        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            return httpx.request(
                method, self._url + path, json=body, headers=headers, timeout=_TIMEOUT_S, follow_redirects=True
            )
        except (httpx.ConnectError, httpx.TimeoutException) as error:
            raise UnreachableError(f"{self._url}: {type(error).__name__}. Is Airflow up? Try again.") from error
        except httpx.HTTPError as error:
            raise TransientError(f"{self._url}: {type(error).__name__}. Is Airflow up? Try again.") from error

    def _data(self, response: httpx.Response) -> dict[str, JsonValue]:
        """The JSON object of a successful answer; what is not one is an error that says whether a retry helps."""
        if response.is_success:
            try:
                value = response.json()
            except ValueError:
                value = None
            if isinstance(value, dict):
                return value
            raise TransientError(f"{self._url}: answered {response.status_code} without JSON. Is this Airflow's URL?")
        status, request = response.status_code, response.request
        message = f"{self._url}: answered {status} to {request.method} {request.url.path}{_detail(response)}"
        if status >= _SERVER_FAULT or status == _TOO_MANY:
            raise TransientError(f"{message}. Try again.")
        if status in (_UNAUTHORIZED, _FORBIDDEN):
            raise PermanentError(f"{message}. Check the user's permissions.")
        raise PermanentError(f"{message}. Check the DAG's parameters and Airflow's version (3).")


def _state(run: dict[str, JsonValue]) -> RunState:
    value = run.get("state")
    if not isinstance(value, str) or value not in set(RunState):
        raise PermanentError(f"Airflow run: got state {value!r}, allowed {sorted(RunState)}. Is this Airflow 3?")
    return RunState(value)


def _detail(response: httpx.Response) -> str:
    """What Airflow says about it: a sentence, or for a request of the wrong shape a list of them."""
    try:
        said = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return ""
    problems = said if isinstance(said, list) else [said]
    texts = [str(each.get("msg", each)) if isinstance(each, dict) else str(each) for each in problems]
    return f" ({printable('; '.join(texts))[:_DETAIL_MAX_CHARS]})"


def _segment(text: str) -> str:
    return quote(text, safe="")
