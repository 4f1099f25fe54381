"""docker-compose.yml and the image it builds, read as data: no daemon is needed."""

import re
import shutil
import subprocess

import pytest
import yaml

REQUIRED = {"POSTGRES_PASSWORD": "x", "MINIO_ROOT_USER": "x", "MINIO_ROOT_PASSWORD": "x"}


@pytest.fixture(scope="module")
def compose(root):
    return yaml.safe_load((root / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def dockerfile(root):
    return (root / "helm/images/minio/Dockerfile").read_text()


def test_every_service_says_when_it_is_healthy(root, compose):
    for name, service in compose["services"].items():
        built = root / service["build"]["context"] / "Dockerfile" if "build" in service else None
        assert "healthcheck" in service or (built and "\nHEALTHCHECK " in built.read_text()), name


def test_no_secret_is_written_and_none_has_a_default(compose):
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|TOKEN|ROOT_USER", key):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), f"{name}.{key}"


def test_every_secret_of_compose_is_in_the_example(root, compose):
    asked = set(re.findall(r"\$\{(\w+):\?", str(compose)))
    assert asked == set(REQUIRED)
    assert [key for key in asked if f"\n{key}=\n" not in (root / ".env.example").read_text()] == []


def test_ports_are_published_on_this_machine_only(compose):
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_every_image_is_pinned_and_goes_through_the_mirror_switch(compose):
    for name, service in compose["services"].items():
        pulled = list(service["build"]["args"].values()) if "build" in service else [service["image"]]
        for image in pulled:
            assert image.startswith("${GRIDATA_REGISTRY_MIRROR:+${GRIDATA_REGISTRY_MIRROR}/}"), name
            assert re.search(r":[\w.-]*\d[\w.-]*$|:bookworm-slim$", image), name


def test_services_run_without_privileges(compose):
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_the_minio_image_takes_its_bases_as_arguments_and_runs_as_nobody_special(dockerfile):
    assert re.findall(r"^FROM (\S+)", dockerfile, re.M) == ["${GO_IMAGE}", "${BASE_IMAGE}"]
    assert re.findall(r"^USER (\S+)", dockerfile, re.M)[-1] == "10001:10001"


def test_compose_itself_accepts_the_file(root):
    environment = REQUIRED | {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    if shutil.which("docker") is None or docker_compose("version", root, environment).returncode != 0:
        pytest.skip("the docker compose plugin is not installed")
    assert docker_compose("config", root, environment).stderr == ""


def docker_compose(command, root, environment):
    return subprocess.run(
        ["docker", "compose", command], cwd=root, env=environment, check=False, capture_output=True, text=True
    )
