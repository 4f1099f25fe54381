"""A DataHub server gets everything in order, and what it missed while it was away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gridata_control.datahub import report_run
from gridata_control.datahub.outbox import open_outbox
from gridata_control.settings import Settings

Report = dict[str, object]


@dataclass
class Gms:
    """A metadata service that records what it is told; `answer` is its status code."""

    url: str = ""
    answer: int = 200
    proposals: list[dict[str, object]] = field(default_factory=list)

    @property
    def runs(self) -> list[str]:
        return [
            str(one["entityUrn"]).rpartition(":")[2]
            for one in self.proposals
            if one["aspectName"] == "dataProcessInstanceProperties"
        ]


@pytest.fixture
def gms() -> Iterator[Gms]:
    state = Gms()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(200, {"noCode": "true", "versions": {}})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if state.answer == 200:
                state.proposals.extend(body.get("proposals") or [body["proposal"]])
            self.reply(state.answer, {} if state.answer == 200 else {"message": "no"})

        def reply(self, status: int, body: dict[str, object]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def with_gms(settings: Settings, gms: Gms) -> Settings:
    return replace(settings, datahub_url=gms.url)


def test_server_gets_every_proposal_of_the_file_in_order(with_gms: Settings, gms: Gms, ingest_report: Report) -> None:
    report_run(with_gms, ingest_report)

    written = json.loads((with_gms.datahub_dir / "runs" / f"{ingest_report['run_id']}.json").read_text())
    assert [(one["entityUrn"], one["aspectName"]) for one in gms.proposals] == [
        (one["entityUrn"], one["aspectName"]) for one in written
    ]
    assert open_outbox(with_gms).entries() == []


def test_run_told_while_the_server_is_away_arrives_with_the_next_one(
    with_gms: Settings, gms: Gms, ingest_report: Report
) -> None:
    gms.answer = 503
    report_run(with_gms, {**ingest_report, "run_id": "first"})
    report_run(with_gms, {**ingest_report, "run_id": "second"})
    waiting = [(pending.name, pending.sink, pending.attempts) for _, pending in open_outbox(with_gms).entries()]
    assert waiting == [("first", "rest", 2), ("second", "rest", 1)]

    gms.answer = 200
    report_run(with_gms, {**ingest_report, "run_id": "third"})

    assert gms.runs == ["first", "second", "third"]
    assert open_outbox(with_gms).entries() == []


def test_content_the_server_refuses_holds_nothing_back(with_gms: Settings, gms: Gms, ingest_report: Report) -> None:
    gms.answer = 422
    report_run(with_gms, {**ingest_report, "run_id": "bad"})
    gms.answer = 200
    report_run(with_gms, {**ingest_report, "run_id": "good"})

    assert gms.runs == ["good"]
    assert [(pending.name, pending.refused) for _, pending in open_outbox(with_gms).entries()] == [("bad", True)]


def test_refused_run_told_again_in_another_form_is_forgotten(
    with_gms: Settings, gms: Gms, ingest_report: Report
) -> None:
    gms.answer = 422
    report_run(with_gms, ingest_report)
    gms.answer = 200
    report_run(with_gms, {**ingest_report, "checks": []})

    assert open_outbox(with_gms).entries() == []


def test_no_server_at_all_leaves_the_embedded_catalog_complete(settings: Settings, ingest_report: Report) -> None:
    from gridata_control.datahub.reader import CatalogReader

    report_run(replace(settings, datahub_url="http://127.0.0.1:1"), ingest_report)

    assert CatalogReader(settings).entry("ecommerce_bronze.orders_v1").rows == 2
    assert [pending.sink for _, pending in open_outbox(settings).entries()] == ["rest"]
