"""Reads one pipeline document by itself: keys, values, steps and their order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from gridata_contracts.cron import cron_problem
from gridata_contracts.custom_properties import PROFILES
from gridata_contracts.document import read_document
from gridata_contracts.errors import UsageError
from gridata_contracts.keys import strip_unknown_keys
from gridata_contracts.model import Notification, Pipeline, Retries, Step, Trigger
from gridata_contracts.naming import domain_of, parse_dataset_id, split_table
from gridata_contracts.problems import Absent, Problems
from gridata_contracts.validation import note_validation_error

JOBS = ("ingest", "process_orders", "customer_360", "quality_checks", "maintain", "health")
CHANNELS = ("slack", "email", "pagerduty")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_OPTION = re.compile(r"[a-z][a-z0-9-]*")


class _Trigger(BaseModel):
    landing: list[str] = Field(default_factory=list)
    upstream: list[str] = Field(default_factory=list)
    cron: str | None = None
    manual: bool = False


class _Step(BaseModel):
    name: str
    job: str
    inputs: list[str] = Field(default_factory=list)
    outputs: list[str] = Field(default_factory=list)
    profile: str = "small"
    arguments: dict[str, str] = Field(default_factory=dict)
    after: list[str] | None = None


class _Retries(BaseModel):
    attempts: int = Field(default=3, ge=0, le=20)
    delay_s: int = Field(default=30, ge=0, le=86_400)


class _Notification(BaseModel):
    channel: str
    on: Literal["failure", "success", "retry"]
    settings: dict[str, str] = Field(default_factory=dict)


class _Document(BaseModel):
    name: str
    description: str
    owner: str
    trigger: _Trigger
    steps: list[_Step] = Field(min_length=1)
    retries: _Retries = Field(default_factory=_Retries)
    sla_s: int | None = Field(default=None, ge=1)
    notifications: list[_Notification] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)


def read_pipeline(path: Path) -> Pipeline:
    """One pipeline, proven as far as its own document shows.

    Raises:
        ContractError: all of the document's problems.
    """
    document = read_document(path)
    problems = document.problems()
    known = strip_unknown_keys(document.data, _Document, "", problems)
    try:
        parsed = _Document.model_validate(known, strict=True)
    except ValidationError as error:
        note_validation_error(error, problems)
        problems.raise_if_any()
        raise
    _check_names(parsed, path, problems)
    _check_trigger(parsed.trigger, problems)
    for i, step in enumerate(parsed.steps):
        _check_step(step, [each.name for each in parsed.steps], f"steps[{i}]", problems)
    _check_order(parsed, problems)
    for i, notification in enumerate(parsed.notifications):
        if notification.channel not in CHANNELS:
            problems.add_choice(f"notifications[{i}].channel", notification.channel, CHANNELS)
    problems.raise_if_any()
    return _pipeline(parsed, path)


def _check_names(parsed: _Document, path: Path, problems: Problems) -> None:
    if not _NAME.fullmatch(parsed.name):
        problems.add("name", parsed.name, "a small letter, then small letters, digits and _", "It is the DAG's id.")
    elif parsed.name != path.stem:
        problems.add("name", parsed.name, f"{path.stem}, as the file is called", "Rename one of them.")
    for key in ("description", "owner"):
        if not getattr(parsed, key).strip():
            problems.add(key, "", "some text")
    names = [step.name for step in parsed.steps]
    for i, name in enumerate(names):
        if not _NAME.fullmatch(name):
            problems.add(f"steps[{i}].name", name, "a small letter, then small letters, digits and _")
        if name in names[:i]:
            problems.add(f"steps[{i}].name", name, "each step name once")


def _check_trigger(trigger: _Trigger, problems: Problems) -> None:
    given = [key for key in ("landing", "upstream", "cron", "manual") if getattr(trigger, key)]
    if len(given) != 1:
        problems.add("trigger", given or Absent, "exactly one of landing, upstream, cron, manual")
    for i, dataset in enumerate(trigger.landing):
        _check_reference(dataset, f"trigger.landing[{i}]", problems, tables=False, datasets=True)
    for i, table in enumerate(trigger.upstream):
        _check_reference(table, f"trigger.upstream[{i}]", problems, tables=True, datasets=False)
    if trigger.cron is not None:
        problem = cron_problem(trigger.cron)
        if problem:
            problems.add("trigger.cron", trigger.cron, "five cron fields, in UTC", problem)


def _check_reference(text: str, where: str, problems: Problems, *, tables: bool, datasets: bool) -> None:
    for parse, wanted in ((_parse_table, tables), (parse_dataset_id, datasets)):
        if wanted:
            try:
                parse(text)
            except UsageError:
                continue
            return
    forms = (("<domain>_<layer>.<table>", tables), ("<domain>.<dataset>.v<N>", datasets))
    problems.add(where, text, " or ".join(form for form, wanted in forms if wanted))


def _parse_table(text: str) -> str:
    """A table's domain; a dataset id, which has one, too, is no table."""
    split_table(text)
    return domain_of(text)


def _check_step(step: _Step, names: list[str], where: str, problems: Problems) -> None:
    if step.job not in JOBS:
        problems.add_choice(f"{where}.job", step.job, JOBS)
    if step.profile not in PROFILES:
        problems.add_choice(f"{where}.profile", step.profile, PROFILES)
    for i, table in enumerate(step.inputs):
        _check_reference(table, f"{where}.inputs[{i}]", problems, tables=True, datasets=True)
    for i, table in enumerate(step.outputs):
        _check_reference(table, f"{where}.outputs[{i}]", problems, tables=True, datasets=False)
    for option in step.arguments:
        if not _OPTION.fullmatch(option):
            problems.add(f"{where}.arguments.{option}", option, "small letters, digits and -", "It becomes --option.")
    for i, name in enumerate(step.after or ()):
        if name not in names:
            problems.add_choice(f"{where}.after[{i}]", name, names)


def _check_order(parsed: _Document, problems: Problems) -> None:
    """Steps must come after those they wait for, which also rules out circles."""
    seen: set[str] = set()
    for i, step in enumerate(parsed.steps):
        for j, name in enumerate(step.after or ()):
            if name not in seen and name in {each.name for each in parsed.steps}:
                problems.add(f"steps[{i}].after[{j}]", name, "a step written above", "Order the steps as they run.")
        seen.add(step.name)
    if any(step.job == "ingest" for step in parsed.steps) != bool(parsed.trigger.landing):
        jobs = [step.job for step in parsed.steps]
        problems.add("trigger", jobs, "an ingest step with trigger landing, and only then", "Change steps or trigger.")


def _pipeline(parsed: _Document, path: Path) -> Pipeline:
    trigger = parsed.trigger
    return Pipeline(
        name=parsed.name,
        description=parsed.description.strip(),
        owner=parsed.owner,
        trigger=Trigger(tuple(trigger.landing), tuple(trigger.upstream), trigger.cron, trigger.manual),
        steps=tuple(_step(step) for step in parsed.steps),
        retries=Retries(parsed.retries.attempts, parsed.retries.delay_s),
        sla_s=parsed.sla_s,
        notifications=tuple(Notification(each.channel, each.on, each.settings) for each in parsed.notifications),
        tags=tuple(parsed.tags),
        path=path,
    )


def _step(step: _Step) -> Step:
    after = None if step.after is None else tuple(step.after)
    return Step(step.name, step.job, tuple(step.inputs), tuple(step.outputs), step.profile, dict(step.arguments), after)
