"""Who hears of a run: the pipeline's notifications as Airflow callbacks, through the providers' notifiers.

Connections are named here and kept in Airflow (environment or secrets back end); nothing secret passes through.
A pipeline's notification settings, by channel:

- `slack`: `channel` (required), `connection` (default `slack_api_default`)
- `email`: `to` (required, comma-separated), `from`, `connection` (default `smtp_default`)
- `pagerduty`: `severity` (default `error`), `connection` (default `pagerduty_events_default`)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast
from urllib.parse import quote

from airflow.sdk import BaseNotifier, Context
from airflow.sdk.configuration import conf
from airflow.sdk.definitions.callback import AsyncCallback

from gridata_contracts.errors import PermanentError
from gridata_contracts.model import Notification

# Templates are constants and facts are values: a message never becomes a template.
SUBJECT = "[Gridata] {{ pipeline }} {{ event }}"
BODY = "{% for name, value in details.items() %}{{ name }}: {{ value }}\n{% endfor %}"
HTML = (
    "<p>{{ pipeline|e }} {{ event|e }}</p>"
    "<ul>{% for name, value in details.items() %}<li>{{ name|e }}: {{ value|e }}</li>{% endfor %}</ul>"
)
INCIDENT = "gridata/{{ pipeline }}"

EVENTS = {"failure": "failed", "success": "succeeded", "retry": "is being retried", "deadline": "missed its deadline"}
_CONFIGURABLE = ("failure", "success", "retry")


@dataclass(frozen=True)
class Alert:
    """A notification of one pipeline, callable as an Airflow callback.

    Every call makes a fresh notifier: notifiers overwrite their own templates when they render.
    """

    pipeline: str
    notification: Notification

    def __call__(self, context: Context) -> None:
        """Send the message for this run or task."""
        event = self.notification.on
        open_notifier(self.notification, event)(facts_of(self.pipeline, event, _details(context)))


def open_notifier(notification: Notification, event: str) -> BaseNotifier:
    """The provider's notifier for one message about an event (`failure`, `success`, `retry`, `deadline`).

    Raises:
        PermanentError: unknown channel, or a setting it needs is missing.
    """
    if notification.channel not in _CHANNELS:
        raise PermanentError(
            f"notification channel: got {notification.channel!r}, allowed {', '.join(_CHANNELS)}. Change the pipeline."
        )
    try:
        return _CHANNELS[notification.channel](notification.settings, event)
    except KeyError as e:
        raise PermanentError(
            f"notification {notification.channel}: got settings {sorted(notification.settings)}, "
            f"allowed with {e.args[0]!r}. Add it to the pipeline."
        ) from e


def check_notifications(notifications: Iterable[Notification]) -> None:
    """Open each notifier once, so that a bad setting breaks the DAG when it is parsed and not the alert at night."""
    for notification in notifications:
        if notification.on not in _CONFIGURABLE:
            raise PermanentError(
                f"notification on: got {notification.on!r}, allowed {', '.join(_CONFIGURABLE)}. Change the pipeline."
            )
        open_notifier(notification, notification.on)


def facts_of(pipeline: str, event: str, details: Mapping[str, object]) -> Context:
    """What the templates see, in place of a task's context."""
    return cast(Context, {"pipeline": pipeline, "event": EVENTS[event], "details": dict(details)})


def alerts_on(pipeline: str, event: str, notifications: Iterable[Notification]) -> list[Callable[[Context], None]]:
    """Callbacks of a pipeline for one event."""
    return [Alert(pipeline, notification) for notification in notifications if notification.on == event]


def deadline_callback(pipeline: str, sla_s: int, notifications: Iterable[Notification]) -> AsyncCallback:
    """Callback of a missed deadline: tells everybody who hears of failures. Runs in Airflow's triggerer."""
    told = [asdict(notification) for notification in notifications if notification.on == "failure"]
    return AsyncCallback(report_missed_deadline, {"pipeline": pipeline, "sla_s": sla_s, "notifications": told})


async def report_missed_deadline(
    pipeline: str, sla_s: int, notifications: list[dict[str, Any]], context: Mapping[str, Any]
) -> None:
    """Send one message per notification about a run that is not done in time."""
    run_id = context["dag_run"]["dag_run_id"]
    details = {"run": run_id, "allowed": f"{sla_s} s", "see": _run_url(pipeline, run_id)}
    for notification in notifications:
        notifier = open_notifier(Notification(**notification), "deadline")
        notifier.context = facts_of(pipeline, "deadline", details)
        await notifier


def _details(context: Context) -> dict[str, object]:
    ti, run_id = context.get("ti"), context["run_id"]
    details: dict[str, object] = {"run": run_id}
    if ti is not None and context.get("exception") is not None:
        details |= {"task": ti.task_id, "try": ti.try_number, "reason": context["exception"]}
    return details | {"see": _run_url(context["dag"].dag_id, run_id)}


def _run_url(dag_id: str, run_id: str) -> str:
    base_url = conf.get("api", "base_url", fallback="")
    return f"{base_url.rstrip('/')}/dags/{dag_id}/runs/{quote(run_id)}"


def _slack(settings: Mapping[str, str], _event: str) -> BaseNotifier:
    from airflow.providers.slack.notifications.slack import SlackNotifier

    return SlackNotifier(
        slack_conn_id=settings.get("connection", "slack_api_default"),
        channel=settings["channel"],
        text=f"{SUBJECT}\n{BODY}",
        username="Gridata",
    )


def _email(settings: Mapping[str, str], _event: str) -> BaseNotifier:
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    return SmtpNotifier(
        smtp_conn_id=settings.get("connection", "smtp_default"),
        from_email=settings.get("from"),
        to=[address.strip() for address in settings["to"].split(",")],
        subject=SUBJECT,
        html_content=HTML,
    )


def _pagerduty(settings: Mapping[str, str], event: str) -> BaseNotifier:
    """An incident per pipeline: a failure opens it, the next success closes it."""
    from airflow.providers.pagerduty.notifications.pagerduty import PagerdutyNotifier

    return PagerdutyNotifier(
        pagerduty_events_conn_id=settings.get("connection", "pagerduty_events_default"),
        summary=SUBJECT,
        severity=settings.get("severity", "error"),
        source="gridata",
        action="resolve" if event == "success" else "trigger",
        dedup_key=INCIDENT,
        custom_details=BODY,
    )


_CHANNELS: Mapping[str, Callable[[Mapping[str, str], str], BaseNotifier]] = {
    "slack": _slack,
    "email": _email,
    "pagerduty": _pagerduty,
}
