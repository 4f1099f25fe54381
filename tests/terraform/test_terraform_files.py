"""What holds for every module and environment, read from their files alone: python-hcl2 keeps the quotes of labels and
texts, which are taken off here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TERRAFORM = ROOT / "terraform"
Block = dict[str, Any]


SECRET = re.compile(r"password|secret|token|key|credential", re.IGNORECASE)
CLUSTER_FIELDS = {
    "access", "auth", "ca", "host", "kms_key_id", "name", "node_selectors", "oidc_issuer", "provider",
    "storage_classes", "workload_identity",
}  # fmt: skip
NAMES_ONLY = {"existing_secret", "credentials_secret", "grafana_secret", "alertmanager_secret", "secrets", "kms_key_id"}
"""Variables with the name of a Secret, or of a key, and nothing that is one."""


def folders(below: str) -> list[Path]:
    """Folders with Terraform files, those that Terraform itself makes left out."""
    found = {path.parent for path in (TERRAFORM / below).rglob("*.tf") if ".terraform" not in path.parts}
    assert found, below
    return sorted(found)


MODULES = folders("modules")
ENVIRONMENTS = folders("envs")


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {_plain(key): _plain(each) for key, each in value.items() if key != "__is_block__"}
    return value


def blocks(folder: Path, kind: str) -> dict[str, Block]:
    """Blocks of a kind in all files of a folder: labels joined by a dot -> what is in it."""
    found: dict[str, Block] = {}
    for path in sorted(folder.glob("*.tf")):
        with path.open() as source:
            content = _plain(hcl2.load(source))
        for block in content.get(kind, []):
            found.update(_labelled(block, 2 if kind in ("resource", "data", "ephemeral") else 1))
    return found


def _labelled(block: Block, labels: int) -> dict[str, Block]:
    if labels == 0:
        return {"": block}
    return {
        ".".join(filter(None, (label, rest))): body
        for label, inner in block.items()
        for rest, body in _labelled(inner, labels - 1).items()
    }


@pytest.fixture(params=[*MODULES, *ENVIRONMENTS], ids=lambda path: str(path.relative_to(TERRAFORM)))
def folder(request: pytest.FixtureRequest) -> Path:
    """Each module and each environment in turn."""
    found: Path = request.param
    return found


def text_of(folder: Path) -> str:
    return "\n".join(path.read_text() for path in sorted(folder.glob("*.tf")))


def test_every_variable_and_output_is_described_typed_and_in_order(folder: Path) -> None:
    variables, outputs = blocks(folder, "variable"), blocks(folder, "output")
    for named in (variables, outputs):
        assert list(named) == sorted(named)
        assert [name for name, body in named.items() if len(body.get("description", "")) < 20] == []
    assert [name for name, body in variables.items() if not body.get("type")] == []


def test_every_variable_refuses_null_or_says_what_null_means(folder: Path) -> None:
    for name, body in blocks(folder, "variable").items():
        may_be_null = body.get("default", ...) in (None, "null")
        assert body.get("nullable") is False or may_be_null, name
        assert not may_be_null or "null" in body["description"], name


def test_every_validation_says_what_it_got_and_what_is_allowed(folder: Path) -> None:
    for name, body in blocks(folder, "variable").items():
        for validation in body.get("validation", []):
            said = validation["error_message"]
            assert said.startswith(name), (name, said)
            assert "got" in said, (name, said)
            assert "allowed" in said, (name, said)


def test_every_folder_says_what_it_needs_and_what_it_is(folder: Path) -> None:
    assert ">= 1.11, < 2.0" in (folder / "versions.tf").read_text()
    if folder in MODULES:
        assert (folder / "README.md").is_file()
        assert list((folder / "tests").glob("*.tftest.hcl"))


def test_no_secret_has_a_default_and_what_is_one_is_ephemeral(folder: Path) -> None:
    for name, body in blocks(folder, "variable").items():
        if name in NAMES_ONLY or name.endswith("_revision") or not SECRET.search(name):
            continue
        assert body.get("default", "null") in (None, "null", {}), name
        assert body.get("ephemeral") is True, name
        assert body.get("sensitive") is True, name


def test_no_secret_passes_through_a_release_or_into_the_state(folder: Path) -> None:
    text = text_of(folder)
    for word in ("set_sensitive", "set_wo", "kubernetes_manifest", "random_password", "null_resource", "local-exec"):
        assert word not in text, word
    for name, body in blocks(folder, "resource").items():
        if name.startswith("kubernetes_secret"):
            assert "data" not in body, name
            assert "binary_data" not in body, name
            assert "data_wo_revision" in body, name


def test_no_provider_is_given_a_token_or_a_certificate(folder: Path) -> None:
    for name, body in blocks(folder, "provider").items():
        settings = {**body, **(body.get("kubernetes") or {})}
        assert not {"token", "password", "client_key", "client_certificate"} & settings.keys(), name


def test_only_an_environment_configures_providers() -> None:
    assert [module for module in MODULES if blocks(module, "provider") or 'backend "' in text_of(module)] == []


def test_every_resource_of_kubernetes_names_its_version(folder: Path) -> None:
    kinds = {name.split(".")[0] for name in (*blocks(folder, "resource"), *blocks(folder, "data"))}
    assert [kind for kind in kinds if kind.startswith("kubernetes_") and not kind.endswith("_v1")] == []


def test_only_one_module_installs_charts_and_each_other_one_chart_at_most() -> None:
    installing = [module.name for module in MODULES if "helm_release" in text_of(module)]
    assert installing == ["release"]
    for module in MODULES:
        sources = [body["source"] for body in blocks(module, "module").values()]
        assert sources.count("../release") <= 1, module


def test_every_chart_is_ours_or_pinned_where_all_versions_are() -> None:
    pins = yaml.safe_load((ROOT / "helm/versions.yaml").read_text())["charts"]
    used = {
        body["chart"]
        for module in MODULES
        for body in blocks(module, "module").values()
        if body["source"] == "../release"
    }
    ours = {path.parent.name for path in (ROOT / "helm/charts").glob("*/Chart.yaml")}
    assert used - ours == set(pins)
    assert ours <= used
    for name, pin in pins.items():
        assert re.fullmatch(r"v?\d+\.\d+\.\d+", pin["version"]), name
        assert re.match(r"(https|oci)://", pin["repository"]), name
    assert re.findall(r'version\s*=\s*"v?\d+\.\d+\.\d+"', "\n".join(map(text_of, MODULES))) == []


def test_every_environment_has_values_for_each_of_anothers_charts() -> None:
    pins = yaml.safe_load((ROOT / "helm/versions.yaml").read_text())["charts"]
    for environment in ENVIRONMENTS:
        values = ROOT / "helm/values" / environment.name
        assert [name for name in pins if not (values / f"{name}.yaml").is_file()] == [], environment.name


def test_every_module_that_installs_a_chart_takes_both_mirrors() -> None:
    without_images = {"release", "prometheus-operator-crds"}
    for module in MODULES:
        if "../release" not in text_of(module) and module.name not in ("release", "platform"):
            continue
        variables = blocks(module, "variable")
        assert "chart_mirror" in variables, module.name
        assert "registry_mirror" in variables or module.name in without_images, module.name


def test_the_platform_hands_both_mirrors_to_every_module() -> None:
    for name, body in blocks(TERRAFORM / "modules/platform", "module").items():
        taken = blocks(TERRAFORM / "modules" / body["source"].removeprefix("../"), "variable")
        for mirror in {"chart_mirror", "registry_mirror"} & taken.keys():
            assert mirror in body, (name, mirror)


def test_an_environment_is_short() -> None:
    for environment in ENVIRONMENTS:
        code = [path for path in environment.glob("*.tf") if path.name not in ("variables.tf", "outputs.tf")]
        assert {"backend.tf", "cluster.tf", "platform.tf", "providers.tf", "versions.tf"} == {
            path.name for path in code
        }
        assert sum(len(path.read_text().splitlines()) for path in code) < 100, environment.name


def test_every_cluster_module_gives_the_same_object() -> None:
    for module in folders("modules/kubernetes"):
        assert set(blocks(module, "output")["cluster"]["value"]) == CLUSTER_FIELDS, module.name
