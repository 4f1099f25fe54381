"""Everything an environment needs before its first file: buckets, versions of objects, databases at this version."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from sqlalchemy.engine import make_url

from gridata_control.catalog.connection import open_catalog
from gridata_control.landing import S3Store, open_store
from gridata_control.ledger import open_ledger
from gridata_control.patience import patiently
from gridata_control.settings import Settings


@dataclass(frozen=True)
class Part:
    """One part of the environment.

    Attributes:
        where: its address, without a password.
        done: what had to be done; empty: it was as it should be.
    """

    name: str
    where: str
    done: str


def prepare(settings: Settings, wait_s: float = 0.0) -> list[Part]:
    """Make what is not there and bring what is there to this version. Safe to repeat, and to call from many at once.

    Args:
        settings: of the environment.
        wait_s: how long in all servers may leave us without an answer.

    Raises:
        TransientError: one still does not answer.
        PermanentError: one refuses.
    """
    deadline = time.monotonic() + wait_s
    events = [_spark_events] if settings.spark_events_uri else []
    parts = (_landing, _warehouse, *events, _ledger, _catalog)
    return [patiently(deadline - time.monotonic(), partial(part, settings)) for part in parts]


def _landing(settings: Settings) -> Part:
    store = open_store(settings)
    changed = isinstance(store, S3Store) and store.prepare()
    return Part("landing", settings.store_uri, "made, or its versions turned on" if changed else "")


def _warehouse(settings: Settings) -> Part:
    scheme, _, rest = settings.warehouse_uri.partition("://")
    if scheme != "s3":  # folders are made by who writes the first file
        return Part("warehouse", settings.warehouse_uri, "")
    made = S3Store(rest.partition("/")[0], settings.s3_endpoint).prepare(versioned=False)
    return Part("warehouse", settings.warehouse_uri, "made" if made else "")


def _spark_events(settings: Settings) -> Part:
    uri = str(settings.spark_events_uri)
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    store = S3Store(bucket, settings.s3_endpoint)
    made = store.prepare(versioned=False)
    kept = store.expire("gridata-spark-events", f"{prefix}/", settings.spark_events_days)
    done = [*(["made"] if made else []), *([f"kept for {settings.spark_events_days} days"] if kept else [])]
    return Part("spark events", uri, ", ".join(done))


def _ledger(settings: Settings) -> Part:
    ledger = open_ledger(settings)
    try:
        return Part("ledger", _shown(settings.ledger_url), "")
    finally:
        ledger.close()


def _catalog(settings: Settings) -> Part:
    open_catalog(settings)
    return Part("catalog", _shown(settings.catalog_uri), "")


def _shown(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)
