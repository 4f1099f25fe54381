"""Runs in a pod: keeps what Alertmanager posts, and stands for a catalog that takes, refuses or does not answer.

    POST /alerts, /watchdog   Alertmanager's webhook
    GET  /heard               all of it, oldest first: [{at_s, path, alert, status, labels, summary}]
    POST /catalog/mode/…      `takes`, `refuses` or `is-down`, from now on
    *    /catalog/…           a metadata service in that mode

Standard library only: it is given to an image of ours as a ConfigMap.
"""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HEARD: list[dict[str, object]] = []
STATUS = {"takes": 200, "refuses": 422, "is-down": 503}
MODE = ["takes"]


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_GET(self) -> None:
        if self.path == "/heard":
            self._answer(200, HEARD)
        elif self.path.startswith("/catalog/config"):
            self._answer(200, {"noCode": "true", "versions": {"acryldata/datahub": {"version": "v1.3.0"}}})
        else:
            self._answer(200, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/catalog/mode/"):
            MODE[0] = self.path.rpartition("/")[2]
            self._answer(200 if MODE[0] in STATUS else 404, {"mode": MODE[0]})
        elif self.path.startswith("/catalog/"):
            self._answer(STATUS[MODE[0]], {"message": f"this catalog {MODE[0]}"})
        else:
            self._keep(json.loads(body))
            self._answer(200, {})

    def _keep(self, message: dict[str, object]) -> None:
        alerts = message["alerts"]
        assert isinstance(alerts, list)
        for alert in alerts:
            heard = {"at_s": time.time(), "path": self.path.strip("/"), "status": alert["status"]}
            about = {"alert": alert["labels"]["alertname"], "labels": alert["labels"]}
            HEARD.append({**heard, **about, "summary": alert["annotations"].get("summary", "")})

    def _answer(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
