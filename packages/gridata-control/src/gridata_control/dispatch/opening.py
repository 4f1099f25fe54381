"""From settings to a dispatcher."""

from __future__ import annotations

from gridata_control.dispatch.airflow import AirflowDispatcher
from gridata_control.dispatch.dispatcher import Dispatcher
from gridata_control.dispatch.embedded import EmbeddedDispatcher
from gridata_control.settings import Settings


def open_dispatcher(settings: Settings) -> Dispatcher:
    """Airflow where GRIDATA_AIRFLOW_URL names one, this machine otherwise; nothing is contacted yet."""
    if settings.airflow_url:
        return AirflowDispatcher(settings.airflow_url, settings.airflow_user, settings.airflow_password)
    return EmbeddedDispatcher(settings)
