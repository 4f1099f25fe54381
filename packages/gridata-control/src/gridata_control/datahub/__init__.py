"""What Gridata tells DataHub: datasets, owners, PII, column lineage, runs and the verdict of every check.

`report_run` is the one call a job makes, `tell_run` what the sweep does for jobs that keep no disk. Importing this
package is cheap; DataHub's client is loaded on use, with its telemetry off and its state below the home directory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridata_contracts.model import Contract
    from gridata_control.settings import Settings

__all__ = ["emit_contract", "lineage_edges", "report_run", "tell_run", "telling"]


def report_run(settings: Settings, report: Mapping[str, object]) -> None:
    """Tell DataHub about one finished run; never raises, whatever DataHub does (see `delivery.report_run`)."""
    from gridata_control.datahub import delivery

    delivery.report_run(settings, report)


def tell_run(settings: Settings, report: Mapping[str, object]) -> None:
    """Tell DataHub about one finished run; raises what keeps it from being told (see `delivery.tell_run`)."""
    from gridata_control.datahub import delivery

    delivery.tell_run(settings, report)


@contextmanager
def telling(settings: Settings) -> Iterator[None]:
    """Whoever tells several runs holds this meanwhile, so that nobody tells later ones between."""
    from gridata_control.datahub import delivery

    with delivery.telling(settings):
        yield


def emit_contract(settings: Settings, contract: Contract) -> None:
    """Tell DataHub about a dataset before its first batch: schema, owner, tags, PII, domain, ingest lineage."""
    from gridata_control.datahub import delivery

    delivery.emit_contract(settings, contract)


def lineage_edges(settings: Settings) -> int:
    """Number of (input column, output column) pairs the embedded catalog knows; 0 before the first run."""
    from gridata_control.datahub.reader import CatalogReader

    return CatalogReader(settings).graph().column_edges
