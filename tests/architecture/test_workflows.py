"""Workflows are pinned, least-privileged and call make targets that exist."""

import re

import pytest
import yaml


@pytest.fixture(scope="module", params=["ci.yml", "bench.yml"])
def workflow(root, request):
    return yaml.safe_load((root / ".github/workflows" / request.param).read_text())


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_both_workflows_are_all_there_are(root):
    assert {path.name for path in (root / ".github/workflows").iterdir()} == {"ci.yml", "bench.yml"}


def test_every_action_is_pinned_to_a_commit(workflow):
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)] == []


def test_a_workflow_may_only_read_and_keeps_no_token(workflow):
    assert workflow["permissions"] == {"contents": "read"}
    assert "concurrency" in workflow
    checkouts = [step for step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert [step for step in checkouts if step["with"]["persist-credentials"] is not False] == []


def test_every_job_has_a_bound_in_time(workflow):
    assert [name for name, job in workflow["jobs"].items() if "timeout-minutes" not in job] == []


def test_ci_calls_make_targets_that_exist(root, workflow):
    targets = set(re.findall(r"^([a-z][a-z-]*):", (root / "Makefile").read_text(), re.M))
    called = set(re.findall(r"make ([a-z][a-z-]*)", " ".join(step.get("run", "") for step in steps(workflow))))
    for job in workflow["jobs"].values():
        called |= {
            word
            for row in job.get("strategy", {}).get("matrix", {}).get("include", [])
            for word in row["targets"].split()
        }
    assert called
    assert called - targets == set()
