"""Pipeline documents: derived ingest pipelines, and every problem with what to do about it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gridata_contracts.catalogue import Catalogue
from gridata_contracts.cron import cron_problem
from gridata_contracts.errors import ContractError, UsageError
from gridata_contracts.pipelines import load_pipelines

ROOT = Path(__file__).parents[3]

PIPELINE = """\
name: nightly
description: Does something every night.
owner: data-platform
trigger: {cron: '0 3 * * *'}
steps:
  - {name: first, job: maintain}
  - {name: second, job: quality_checks, inputs: [ecommerce_bronze.orders_v1], outputs: [gridata_ops.things]}
"""


def test_datasets_without_a_document_get_an_ingest_pipeline(contracts: Catalogue) -> None:
    names = [pipeline.name for pipeline in load_pipelines(ROOT / "data" / "pipelines", contracts)]

    assert names == [
        "data_quality",
        "ecommerce_clickstream_v1_ingest",
        "ecommerce_customer_360",
        "ecommerce_customers_v1_ingest",
        "ecommerce_orders_pipeline",
        "ecommerce_products_v1_ingest",
        "platform_health",
        "table_maintenance",
    ]


def test_document_without_problems_loads(tmp_path: Path, contracts: Catalogue) -> None:
    (tmp_path / "nightly.yaml").write_text(PIPELINE)

    nightly = next(each for each in load_pipelines(tmp_path, contracts) if each.name == "nightly")

    assert nightly.trigger.cron == "0 3 * * *"
    assert [step.job for step in nightly.steps] == ["maintain", "quality_checks"]


CASES = {
    "key": ("owner:", "ownr:", 'ownr: got "ownr", allowed', "Did you mean 'owner'?"),
    "job": (
        "job: maintain",
        "job: mantain",
        'steps[0].job: got "mantain", allowed ingest,',
        "Did you mean 'maintain'?",
    ),
    "name": ("name: nightly", "name: daily", 'name: got "daily", allowed nightly, as the file is called.', "Rename"),
    "cron": (
        "0 3 * * *",
        "0 25 * * *",
        'trigger.cron: got "0 25 * * *", allowed five cron fields, in UTC.',
        "The hour '25'",
    ),
    "two triggers": (
        "{cron: '0 3 * * *'}",
        "{cron: '0 3 * * *', manual: true}",
        'trigger: got ["cron", "manual"]',
        "exactly",
    ),
    "no trigger": ("{cron: '0 3 * * *'}", "{}", "trigger: got nothing, allowed exactly one of", ""),
    "unknown dataset": (
        "{cron: '0 3 * * *'}\nsteps:",
        "{landing: [ecommerce.order.v1]}\nsteps:\n  - {name: ingest, job: ingest}",
        "trigger.landing[0]: got 'ecommerce.order.v1', allowed ecommerce.clickstream.v1,",
        "Did you mean 'ecommerce.orders.v1'?",
    ),
    "landing without ingest": (
        "{cron: '0 3 * * *'}",
        "{landing: [ecommerce.orders.v1]}",
        "an ingest step with trigger",
        "",
    ),
    "unknown table": (
        "orders_v1]",
        "ordrs_v1]",
        "got 'ecommerce_bronze.ordrs_v1', allowed a dataset or a table",
        "orders_v1",
    ),
    "table of no contract": (
        "gridata_ops.things",
        "shop_bronze.things_v1",
        "allowed tables of a contract",
        "Add its contract",
    ),
    "step after itself": (
        "job: maintain}",
        "job: maintain, after: [second]}",
        'steps[0].after[0]: got "second"',
        "Order",
    ),
    "step twice": ("name: second", "name: first", 'steps[1].name: got "first", allowed each step name once.', ""),
    "profile": (
        "job: maintain}",
        "job: maintain, profile: huge}",
        'profile: got "huge", allowed small, medium, large.',
        "",
    ),
    "channel": (
        "owner: data-platform",
        "owner: data-platform\nnotifications: [{channel: slak, on: failure}]",
        'notifications[0].channel: got "slak", allowed slack, email, pagerduty.',
        "Did you mean 'slack'?",
    ),
    "retries": (
        "owner: data-platform",
        "owner: data-platform\nretries: {attempts: -1}",
        "retries.attempts: got -1",
        "",
    ),
    "no steps": (PIPELINE[PIPELINE.index("steps:") :], "steps: []\n", "steps: got []", "at least 1 item"),
}


@pytest.mark.parametrize("name", CASES)
def test_problem_says_what_was_got_what_is_allowed_and_what_to_do(
    tmp_path: Path, contracts: Catalogue, name: str
) -> None:
    old, new, problem, next_step = CASES[name]
    assert old in PIPELINE
    (tmp_path / "nightly.yaml").write_text(PIPELINE.replace(old, new))

    with pytest.raises(ContractError) as caught:
        load_pipelines(tmp_path, contracts)

    assert any(problem in message and next_step in message for message in caught.value.problems), caught.value.problems


def test_two_pipelines_cannot_own_a_dataset_or_write_a_table(tmp_path: Path, contracts: Catalogue) -> None:
    original = ROOT / "data" / "pipelines" / "ecommerce_orders_pipeline.yaml"
    shutil.copy(original, tmp_path / original.name)
    (tmp_path / "copy.yaml").write_text(original.read_text().replace("name: ecommerce_orders_pipeline", "name: copy"))

    with pytest.raises(ContractError) as caught:
        load_pipelines(tmp_path, contracts)

    assert sum("allowed one pipeline per dataset" in message for message in caught.value.problems) == 1
    assert sum("allowed one writer per table" in message for message in caught.value.problems) == 5


def test_missing_folder_is_a_usage_error(tmp_path: Path, contracts: Catalogue) -> None:
    with pytest.raises(UsageError, match="Set GRIDATA_PIPELINES"):
        load_pipelines(tmp_path / "none", contracts)


@pytest.mark.parametrize("text", ["* * * * *", "*/5 0-6 1,15 * 1-5", "0 0 31 12 7", "5-10/2 * * * *"])
def test_cron_schedule_is_accepted(text: str) -> None:
    assert cron_problem(text) is None


@pytest.mark.parametrize(
    "text", ["", "* * * *", "@daily", "60 * * * *", "* * 0 * *", "*/0 * * * *", "5-1 * * * *", "a * * * *"]
)
def test_cron_schedule_is_refused(text: str) -> None:
    assert cron_problem(text) is not None
