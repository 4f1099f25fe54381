"""Images: what their Dockerfiles have in common, and what the bill of an image says."""

import json
import re
import runpy
import subprocess
import sys

import pytest

OURS = ("packages/gridata-control/Dockerfile", "spark-jobs/Dockerfile", "airflow/Dockerfile")
ALL = (*OURS, "helm/images/minio/Dockerfile")


@pytest.mark.parametrize("path", ALL)
def test_an_image_runs_as_nobody_in_particular_from_a_base_that_can_be_changed(root, path):
    text = (root / path).read_text()
    assert re.findall(r"^USER (\S+)$", text, re.MULTILINE)[-1] == "10001:10001"
    assert re.search(r"^ARG BASE_IMAGE=debian:bookworm-slim$", text, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) <= {"${BASE_IMAGE}", "${GO_IMAGE}"}


def test_images_are_installed_from_the_locks_by_one_version_of_uv(root):
    versions = [re.findall(r"UV_VERSION=(\S+)", (root / path).read_text()) for path in OURS]
    assert versions == [versions[0]] * len(OURS)
    assert len(versions[0]) == 1
    for path in OURS:
        assert re.search(r"uv sync (--project airflow )?--locked --no-dev --no-editable", (root / path).read_text()), (
            path
        )


@pytest.mark.parametrize("path", OURS)
def test_an_image_brings_its_modules_compiled(root, path):
    """Without, a busy laptop compiled at each start of a task for longer than the 30 s that a DAG may import."""
    assert "UV_COMPILE_BYTECODE=1 PYC_INVALIDATION_MODE=UNCHECKED_HASH" in (root / path).read_text()


@pytest.mark.parametrize("path", ALL)
def test_an_image_says_what_is_in_it_and_of_which_commit_it_is(root, path):
    text = (root / path).read_text()
    for wanted in ("org.opencontainers.image.revision", "sbom.cdx.json", "NOTICE"):
        assert wanted in text, wanted


@pytest.mark.parametrize("path", OURS)
def test_an_image_says_which_contracts_are_in_it(root, path):
    text = (root / path).read_text()
    for wanted in ("io.gridata.contracts", "LICENSE NOTICE"):
        assert wanted in text, wanted


def test_what_images_are_built_from_is_not_ignored(root):
    """Every path that a Dockerfile copies from the context is let in by .dockerignore."""
    allowed = [line[1:] for line in (root / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for path in ALL:
        copied = re.findall(r"^COPY (?!--from)(?:--\S+ )?(.+) \S+$", (root / path).read_text(), re.MULTILINE)
        for source in (each for line in copied for each in line.split()):
            assert any(source == each or source.startswith(f"{each}/") for each in allowed), (path, source)


def test_a_bill_names_debian_packages_distributions_and_jars(root, tmp_path):
    status = tmp_path / "var/lib/dpkg/status"
    status.parent.mkdir(parents=True)
    status.write_text(
        "Package: tini\nStatus: install ok installed\nArchitecture: amd64\nVersion: 0.19.0-1+b3\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 1\n"
    )
    metadata = tmp_path / "opt/venv/Data_Tool-1.2.dist-info/METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.4\nName: Data_Tool\nVersion: 1.2\nLicense-Expression: MIT\n\nText\n")
    (tmp_path / "opt/iceberg-spark-runtime-4.1_2.13-1.12.0.jar").write_bytes(b"jar")

    bill = runpy.run_path(str(root / "helm/images/sbom.py"))["bill"]("image", tmp_path / "opt", tmp_path)

    found = {(each["name"], each["version"]) for each in bill["components"]}
    assert found == {("tini", "0.19.0-1+b3"), ("data-tool", "1.2"), ("iceberg-spark-runtime-4.1_2.13", "1.12.0")}
    assert [each["licenses"] for each in bill["components"] if "licenses" in each] == [[{"expression": "MIT"}]]


def test_a_bill_names_the_modules_that_a_program_of_go_was_built_from(root, tmp_path):
    said = (
        "/out/minio: go1.26.8\n\tpath\tgithub.com/minio/minio\n\tmod\tgithub.com/minio/minio\tv0.0.1\th1:a=\n"
        "\tdep\tgithub.com/old/one\tv1.0.0\n\t=>\tgithub.com/new/one\tv1.1.0\th1:b=\n\tbuild\t-trimpath=true\n"
    )

    bill = runpy.run_path(str(root / "helm/images/sbom.py"))["bill"]("image", tmp_path, tmp_path, said)

    found = {each["purl"] for each in bill["components"]}
    assert found == {"pkg:golang/github.com/minio/minio@v0.0.1", "pkg:golang/github.com/new/one@v1.1.0"}


def test_two_bills_of_the_same_files_are_the_same_and_know_what_runs_here(root):
    command = [sys.executable, str(root / "helm/images/sbom.py"), "--name", "here", sys.prefix]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2))

    assert first == second
    assert "pytest" in {each["name"] for each in json.loads(first)["components"]}


def test_the_entry_point_of_jobs_parses(root):
    subprocess.run(["sh", "-n", str(root / "spark-jobs/image/entrypoint.sh")], check=True)
