"""Rules of Terraform modules that hold without Terraform; `terraform test` says the rest where it is installed."""

import shutil
import subprocess

import hcl2
import pytest

CLUSTER_FIELDS = {
    "access", "auth", "ca", "host", "kms_key_id", "name", "node_selectors", "oidc_issuer", "provider",
    "storage_classes", "workload_identity",
}  # fmt: skip


def blocks(path, kind):
    """Blocks of one kind in file order: name -> body. python-hcl2 keeps the quotes of labels and strings."""
    with path.open() as source:
        content = hcl2.load(source)
    return {
        name.strip('"'): body
        for block in content.get(kind, [])
        for name, body in block.items()
        if name != "__is_block__"
    }


@pytest.fixture(scope="module")
def modules(root):
    found = sorted({path.parent for path in (root / "terraform").rglob("*.tf") if ".terraform" not in path.parts})
    assert found
    return found


@pytest.mark.parametrize(("file", "kind"), [("variables.tf", "variable"), ("outputs.tf", "output")])
def test_variables_and_outputs_are_described_and_in_order(modules, file, kind):
    for module in modules:
        found = blocks(module / file, kind)
        assert list(found) == sorted(found), module
        assert [name for name, body in found.items() if len(body.get("description", "")) < 20] == [], module


def test_every_variable_has_a_type_and_every_validation_says_what_it_got(modules):
    for module in modules:
        for name, body in blocks(module / "variables.tf", "variable").items():
            assert body.get("type"), (module, name)
            for validation in body.get("validation", []):
                assert "got" in validation["error_message"], (module, name)
                assert "allowed" in validation["error_message"], (module, name)


def test_every_cluster_module_gives_the_same_object(root):
    for module in sorted((root / "terraform/modules/kubernetes").iterdir()):
        value = blocks(module / "outputs.tf", "output")["cluster"]["value"]
        assert {key for key in value if key != "__is_block__"} == CLUSTER_FIELDS, module.name


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
def test_terraform_agrees(modules, tmp_path):
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TF_DATA_DIR": str(tmp_path),
        "HOME": str(tmp_path),
        "NO_COLOR": "1",
    }
    for module in modules:
        for arguments in (["fmt", "-check"], ["init", "-backend=false"], ["validate"], ["test"]):
            said = subprocess.run(
                ["terraform", *arguments], cwd=module, env=environment, check=False, capture_output=True, text=True
            )
            assert said.returncode == 0, f"{module} terraform {' '.join(arguments)}\n{said.stdout}{said.stderr}"
