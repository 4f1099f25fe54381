"""What the chart's templates become is what the API server and the operator's definition know, field by field."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.client import ApiClient

from apiserver.installation import (
    CHARTS_VARIABLE,
    NAMESPACE,
    OUR_DEFINITION,
    Installation,
    rendered,
    their_definition,
    write_templates,
)
from gridata_dags.jobs import Job
from gridata_dags.kubernetes.objects import Kind
from gridata_dags.kubernetes.templates import load_templates

pytestmark = pytest.mark.apiserver

PATHS = {
    Kind.POD: f"/api/v1/namespaces/{NAMESPACE}/pods",
    Kind.SPARK_APPLICATION: f"/apis/sparkoperator.k8s.io/v1beta2/namespaces/{NAMESPACE}/sparkapplications",
}


def create_strictly(client: ApiClient, kind: Kind, body: dict[str, Any]) -> None:
    """As if: an unknown field is an error instead of being left out."""
    client.call_api(
        PATHS[kind],
        "POST",
        query_params=[("dryRun", "All"), ("fieldValidation", "Strict")],
        header_params={"Content-Type": "application/json", "Accept": "application/json"},
        body=body,
        auth_settings=["BearerToken"],
        _preload_content=False,
    )


@pytest.mark.parametrize("values", [None, "local"], ids=["the chart's own values", "local"])
@pytest.mark.parametrize("profile", ["small", "medium", "large"])
@pytest.mark.parametrize(
    ("kind", "engine"), [(Kind.POD, "duckdb"), (Kind.POD, "spark"), (Kind.SPARK_APPLICATION, "spark")]
)
def test_every_field_of_a_jobs_object_is_known(
    installed: Installation,
    defined: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    values: str | None,
    profile: str,
    kind: Kind,
    engine: str,
) -> None:
    monkeypatch.setenv("GRIDATA_JOB_TEMPLATES", str(write_templates(rendered(values), tmp_path / "templates")))
    job = Job("ecommerce_orders_pipeline.step.b-1__r1", "step", ("--batch", "b-1"), profile, engine, "ecommerce")

    create_strictly(installed.client, kind, load_templates().body(kind, job, 1))


def test_our_definition_says_of_every_field_what_the_operators_own_says() -> None:
    theirs = their_definition()
    if theirs is None:
        pytest.skip(f"{CHARTS_VARIABLE} has no spark-operator: NOTHING was tried against its own definition, only ours")

    known = dict(fields(schema(theirs)))

    assert {path: kind for path, kind in fields(schema(OUR_DEFINITION)) if known.get(path) != kind} == {}


def schema(definition: Path) -> Any:
    return yaml.safe_load(definition.read_text())["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def fields(of: Any, path: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Path, type, allowed values and bound of everything below; a list's items are `[]`, a mapping's values `{}`."""
    yield path, tuple(str(of.get(word)) for word in ("type", "enum", "format", "minimum"))
    if path.endswith(("Context", "[]")):  # what a pod's parts hold is for the API server to know
        return
    for name, inner in of.get("properties", {}).items():
        yield from fields(inner, f"{path}.{name}")
    if "items" in of:
        yield from fields(of["items"], f"{path}[]")
    if "additionalProperties" in of:
        yield from fields(of["additionalProperties"], f"{path}{{}}")
