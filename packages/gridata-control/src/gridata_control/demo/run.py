"""The demo from first to last step: the story of the flow, on generated data."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy.engine import make_url

from gridata_control.batch_errors import BatchErrors
from gridata_control.batches import BatchLimits
from gridata_control.catalog import open_catalog
from gridata_control.context import Context
from gridata_control.datahub import lineage_edges
from gridata_control.demo.airflow import AirflowSession, airflow_session
from gridata_control.demo.collect import dataset_results, landed_files, quarantine_groups, table_results
from gridata_control.demo.compare import compare, found_reasons
from gridata_control.demo.drops import drop_wave, require_local_store
from gridata_control.demo.progress import Progress
from gridata_control.demo.result import DemoResult, RunResult
from gridata_control.demo.resume import finish_earlier_runs
from gridata_control.demo.sample import forget_files, make_sample, sample_folder
from gridata_control.demo.scheduled import run_scheduled
from gridata_control.dispatch import dispatch_ready
from gridata_control.samples.answer_key import ANSWER_KEY_FILE, read_answer_key
from gridata_control.samples.manifest import Drop, Manifest
from gridata_control.samples.plan import UPDATE_UTC, Plan
from gridata_control.settings import Settings
from gridata_control.sweep import sweep


@dataclass(frozen=True)
class DemoOptions:
    """How the demo is run.

    Attributes:
        keep: leave the generated files beside the answer key when they have been dropped.
    """

    plan: Plan
    keep: bool = False


def run_demo(settings: Settings, options: DemoOptions, progress: Progress) -> DemoResult:
    """Generate, drop, sweep, run the real DAGs, and hold the quarantine against the answer key.

    Everything happens below `settings.home`. A second run in the same home finds nothing new and changes nothing.

    Raises:
        UsageError: the home holds another demo, the store is no folder, or Airflow's environment is missing.
        GridataError: a step failed; the message says which.
    """
    started_s = time.monotonic()
    require_local_store(settings)
    as_of = UPDATE_UTC.isoformat()
    with airflow_session(settings, as_of, progress) as airflow:  # Airflow starts while the sample is generated
        with progress.step("generate") as step:
            manifest = make_sample(settings, options.plan, step.now)
            size_mb = sum(drop.size_bytes for drop in manifest.drops) / 1e6
            step.detail = f"{len(manifest.drops)} files, {size_mb:.0f} MB, {manifest.spoilt:,} faults hidden in them"
        context = Context.open(settings)
        finish_earlier_runs(context.ledger, airflow)
        for number, wave in enumerate(manifest.waves, start=1):
            _drop_and_sweep(context, number, wave, progress)
            _dispatch(context, airflow)
        airflow.follow()
    with airflow_session(settings, as_of, progress) as clock:
        run_scheduled(clock, context.pipelines(), manifest.as_of)
        clock.follow()
    if not options.keep:
        forget_files(settings)
    with progress.step("compare") as step:
        result = _result(context, manifest, (*airflow.results, *clock.results), started_s)
        step.detail = f"{result.answer_key.found:,} reasons found, {result.answer_key.expected:,} in the answer key"
        step.failed = not result.answer_key.equal
    return result


def _dispatch(context: Context, airflow: AirflowSession) -> None:
    errors = BatchErrors()
    dispatch_ready(context.ledger, airflow, context.pipelines(), errors)
    errors.raise_first()


def _drop_and_sweep(context: Context, number: int, wave: tuple[Drop, ...], progress: Progress) -> None:
    landing = require_local_store(context.settings)
    with progress.step(f"drop wave {number}") as step:
        drop_wave(wave, sample_folder(context.settings), context.store, landing)
        step.detail = ", ".join(f"{drop.story}" for drop in wave if drop.story != "export") or "exports"
    with progress.step("sweep") as step:
        report = sweep(context.store, context.ledger, context.catalogue, BatchLimits.of(context.settings))
        new = ", ".join(f"{count} {state}" for state, count in sorted(report.new.items())) or "nothing new"
        step.detail = f"{report.listed} versions: {new}; {len(report.batches)} batches"


def _result(context: Context, manifest: Manifest, runs: tuple[RunResult, ...], started_s: float) -> DemoResult:
    settings, catalog = context.settings, open_catalog(context.settings)
    landed = landed_files(context.ledger, manifest)
    found = found_reasons(catalog, landed.records)
    groups = quarantine_groups(found, landed)
    return DemoResult(
        files=landed.by_state(),
        datasets=dataset_results(context.ledger, landed, groups),
        tables=table_results(catalog),
        quarantine=groups,
        answer_key=compare(read_answer_key(sample_folder(settings)), found),
        runs=runs,
        lineage_edges=lineage_edges(settings),
        seconds=round(time.monotonic() - started_s, 1),
        places=_places(settings),
    )


def _places(settings: Settings) -> dict[str, str]:
    return {
        "home": str(settings.home),
        "landing": settings.store_uri,
        "tables": settings.warehouse_uri,
        "catalog": make_url(settings.catalog_uri).render_as_string(hide_password=True),
        "ledger": make_url(settings.ledger_url).render_as_string(hide_password=True),
        "metadata": str(settings.datahub_dir),
        "reports": str(settings.reports_dir),
        "airflow": str(settings.home / "airflow"),
        "answer_key": str(sample_folder(settings) / ANSWER_KEY_FILE),
    }
