"""Dropping the sample tells its story to the ledger, through the real store and the real sweep."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from gridata_contracts.errors import UsageError
from gridata_control.batches import BatchLimits
from gridata_control.context import Context
from gridata_control.demo.collect import landed_files
from gridata_control.demo.drops import drop_wave, require_local_store
from gridata_control.demo.sample import forget_files, make_sample, sample_folder
from gridata_control.ledger import FileState
from gridata_control.samples.manifest import Manifest
from gridata_control.samples.order_files import PHONE
from gridata_control.samples.plan import Plan, Sizes
from gridata_control.settings import Settings
from gridata_control.sweep import sweep

PLAN = Plan(3, Sizes(400, 100, 100, 300))


def _drop_everything(settings: Settings, context: Context, manifest: Manifest) -> list[Counter[FileState]]:
    new = []
    for wave in manifest.waves:
        drop_wave(wave, sample_folder(settings), context.store, require_local_store(settings))
        new.append(Counter(sweep(context.store, context.ledger, context.catalogue, BatchLimits.of(settings)).new))
    return new


def test_every_file_gets_the_state_its_story_says_and_a_second_demo_adds_none(settings: Settings) -> None:
    settings = replace(settings, settle_s=0.0)
    manifest = make_sample(settings, PLAN, lambda _: None)
    context = Context.open(settings)
    _drop_everything(settings, context, manifest)
    landed = landed_files(context.ledger, manifest)
    again = _drop_everything(settings, context, make_sample(settings, PLAN, lambda _: None))
    context.ledger.close()

    states = {(record.file.key, record.file.version_id): record.state for record in landed.records}
    for drop in manifest.drops:
        to_be_read = drop.outcome in ("PUBLISHED", "QUARANTINED")
        expected = FileState.BATCHED if to_be_read else FileState(drop.outcome)
        assert states[drop.key, drop.sha256] is expected, drop
    assert len(states) == len(manifest.drops) - 1
    assert landed.by_state() == {"BATCHED": 16, "EMPTY": 1, "REFUSED": 2, "known": 1}
    assert sum(1 for key, _ in states if key == PHONE) == 2
    assert [each.total() for each in again] == [0, 0]


def test_a_home_with_another_demo_is_refused(settings: Settings) -> None:
    make_sample(settings, PLAN, lambda _: None)
    with pytest.raises(UsageError, match="got a demo with seed 3"):
        make_sample(settings, replace(PLAN, seed=4), lambda _: None)


def test_forgotten_files_leave_the_answer_key_and_can_be_made_again(settings: Settings) -> None:
    before = make_sample(settings, PLAN, lambda _: None)
    forget_files(settings)
    assert sorted(path.name for path in sample_folder(settings).iterdir()) == ["answer_key.jsonl", "manifest.json"]
    assert make_sample(settings, PLAN, lambda _: None) == before


def test_a_shared_bucket_is_refused(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path, environ={"GRIDATA_STORE": "s3://landing"})
    with pytest.raises(UsageError, match="got s3://landing, allowed a local folder"):
        require_local_store(settings)
