import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import BaseNotifier

from gridata_contracts.errors import PermanentError
from gridata_contracts.model import Notification
from gridata_dags.alerts import Alert, alerts_on, check_notifications, facts_of, open_notifier, report_missed_deadline
from web_receiver import Receiver

SLACK = Notification("slack", "failure", {"channel": "#orders"})
EMAIL = Notification("email", "failure", {"to": "a@example.com, b@example.com", "from": "gridata@example.com"})
PAGERDUTY = Notification("pagerduty", "failure", {"severity": "critical"})
HOSTILE = "store <b>{{ 1 + 1 }}</b>"


def rendered(notification: Notification, event: str = "failure") -> BaseNotifier:
    notifier = open_notifier(notification, event)
    notifier.render_template_fields(facts_of("orders", event, {"run": "b1__r1", "reason": HOSTILE}))
    return notifier


def context(**more: object) -> Any:
    return {"dag": SimpleNamespace(dag_id="orders"), "run_id": "b1__r1", **more}


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A real HTTP server in Slack's place, reached through an Airflow connection."""
    with Receiver() as receiver:
        monkeypatch.setenv("AIRFLOW_CONN_SLACK_API_DEFAULT", receiver.slack_connection)
        yield receiver


def test_slack_message_names_pipeline_run_and_reason() -> None:
    message = rendered(SLACK)

    assert message.text == f"[Gridata] orders failed\nrun: b1__r1\nreason: {HOSTILE}\n"
    assert (message.channel, message.slack_conn_id) == ("#orders", "slack_api_default")


def test_email_escapes_what_it_reports_and_goes_to_every_address() -> None:
    message = rendered(EMAIL)

    assert message.subject == "[Gridata] orders failed"
    assert "store &lt;b&gt;{{ 1 + 1 }}&lt;/b&gt;" in message.html_content
    assert (message.to, message.from_email) == (["a@example.com", "b@example.com"], "gridata@example.com")


def test_pagerduty_opens_one_incident_per_pipeline_and_success_closes_it() -> None:
    opened, closed = rendered(PAGERDUTY), rendered(Notification("pagerduty", "success", {}), "success")

    assert (opened.action, opened.severity, opened.dedup_key) == ("trigger", "critical", "gridata/orders")
    assert (closed.action, closed.dedup_key) == ("resolve", "gridata/orders")


def test_connections_are_taken_by_the_name_the_pipeline_gives() -> None:
    message = rendered(Notification("slack", "failure", {"channel": "#x", "connection": "team_slack"}))

    assert message.slack_conn_id == "team_slack"


def test_one_alert_object_reports_each_run_with_its_own_facts(slack: Receiver) -> None:
    alert = Alert("orders", SLACK)
    task = SimpleNamespace(task_id="ingest", try_number=2)

    alert(context(ti=task, exception=RuntimeError("first")))
    alert(context(ti=task, exception=RuntimeError("second")))

    texts = [body["text"] for body in slack.bodies]
    assert ["reason: first" in texts[0], "reason: second" in texts[1]] == [True, True]
    assert all("task: ingest\ntry: 2\n" in text for text in texts)


def test_a_missed_deadline_reaches_everybody_who_hears_of_failures(slack: Receiver) -> None:
    told = [{"channel": "slack", "on": "failure", "settings": {"channel": "#orders"}}]
    miss = {"dag_run": {"dag_run_id": "b1__r1"}, "deadline": {"deadline_time": datetime.now(UTC)}}

    asyncio.run(report_missed_deadline("orders", 60, told, context=miss))

    (body,) = slack.bodies
    assert body["text"].startswith("[Gridata] orders missed its deadline\nrun: b1__r1\nallowed: 60 s\n")


def test_alerts_are_those_of_their_event() -> None:
    on_retry = Notification("slack", "retry", {"channel": "#noise"})

    assert alerts_on("orders", "retry", [SLACK, on_retry]) == [Alert("orders", on_retry)]


@pytest.mark.parametrize(
    ("notification", "message"),
    [
        (Notification("fax", "failure", {}), "got 'fax', allowed slack, email, pagerduty"),
        (Notification("slack", "failure", {}), r"got settings \[\], allowed with 'channel'"),
        (Notification("email", "failure", {"from": "a@example.com"}), "allowed with 'to'"),
        (Notification("slack", "sunrise", {"channel": "#x"}), "got 'sunrise', allowed failure, success, retry"),
    ],
)
def test_a_bad_notification_is_refused_when_the_dag_is_built(notification: Notification, message: str) -> None:
    with pytest.raises(PermanentError, match=message):
        check_notifications([notification])
