"""docker-compose.yml and what it mounts, read as data: no daemon is needed."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from gridata_control.compose import services as states
from gridata_control.compose.engine import PROFILE
from gridata_control.compose.images import OURS
from gridata_control.compose.passwords import PASSWORDS

MIRROR = "${GRIDATA_REGISTRY_MIRROR:+${GRIDATA_REGISTRY_MIRROR:-}/}"
SECRETS = {each.name: each.make() for each in PASSWORDS}
# Named apart, since nobody has run them with a read-only root.
NOT_READ_ONLY = {"datahub", "datahub-gms", "datahub-kafka", "datahub-search", "datahub-upgrade"}


@pytest.fixture(scope="module")
def compose(root):
    return yaml.safe_load((root / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def services(compose):
    return compose["services"]


@pytest.fixture(scope="module")
def values(root):
    return yaml.safe_load((root / "helm/charts/gridata/values.yaml").read_text())


def waited_for(services) -> set[str]:
    """Services that another one waits for to end."""
    return {
        name
        for service in services.values()
        for name, wait in service.get("depends_on", {}).items()
        if wait["condition"] == "service_completed_successfully"
    }


def test_every_service_says_when_it_is_healthy_or_ends_while_another_waits(root, services):
    image_checks = {"minio": root / "helm/images/minio/Dockerfile"}
    for name, service in services.items():
        if service.get("healthcheck", {}).get("disable"):
            assert name in waited_for(services), name
            assert service["restart"] == "no", name
        elif name in image_checks:
            assert "\nHEALTHCHECK " in image_checks[name].read_text()
        else:
            assert service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped", name


def test_the_command_knows_which_services_end(services):
    assert waited_for(services) == set(states._ONCE)


def test_no_secret_is_written_and_none_has_a_default(services):
    for name, service in services.items():
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD$|SECRET|TOKEN|ROOT_USER|FERNET|ACCESS_KEY", key):
                assert re.fullmatch(r"\$\{\w+:\?\}", value), f"{name}.{key}"
            assert not re.search(r"://\w+:(?!\$\{\w+:\?\}@)[^/@\s]+@", str(value)), f"{name}.{key}"


def test_every_secret_of_compose_is_made_by_the_command_and_in_the_example(root, compose):
    asked = set(re.findall(r"\$\{(\w+):\?\}", str(compose)))
    assert asked == set(SECRETS)
    assert [key for key in asked if f"\n{key}=\n" not in (root / ".env.example").read_text()] == []


def test_every_setting_of_compose_is_in_the_example(root, compose):
    asked = set(re.findall(r"\$\{((?:GRIDATA|COMPOSE)_\w+)", str(compose)))
    example = (root / ".env.example").read_text()
    images = {name for name in asked if name.startswith("GRIDATA_IMAGE_")}
    assert "#GRIDATA_IMAGE_POSTGRES=" in example  # one stands for all: they are called as their services are
    assert [name for name in asked - images if f"\n#{name}=" not in example] == []


def test_ports_are_published_on_this_machine_only_and_each_can_be_moved(services):
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert [port for port in ports if not re.fullmatch(r"127\.0\.0\.1:\$\{GRIDATA_PORT_\w+:-\d+\}:\d+", port)] == []
    defaults = re.findall(r":-(\d+)\}", str(ports))
    assert len(defaults) == len(set(defaults)) == len(ports) >= 10


def test_every_image_can_be_replaced_and_goes_through_the_mirror_switch_or_is_ours(services):
    for name, service in services.items():
        parts = re.fullmatch(r"\$\{(GRIDATA_IMAGE_\w+):-(.+)\}", service["image"])
        assert parts is not None, name
        setting, image = parts.groups()
        assert setting.removeprefix("GRIDATA_IMAGE_").lower().replace("_", "-") in {name, *OWN_NAMES.get(name, ())}
        assert image.startswith((MIRROR, OURS)), name
        assert re.search(r":v?\d[\w.]*$|^localhost/gridata/\w+:dev$", image), name


OWN_NAMES = {
    "databases": ["postgres"],
    "init": ["control"],
    "sweep": ["control"],
    "airflow-migrate": ["airflow"],
    "airflow-dag-processor": ["airflow"],
    "airflow-scheduler": ["worker"],
}


def test_services_run_without_privileges_and_within_bounds(services):
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] is (name not in NOT_READ_ONLY), name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert not {"privileged", "network_mode", "pid", "cap_add", "devices"} & service.keys(), name
        assert "docker.sock" not in str(service), name


def test_jobs_may_map_the_libraries_that_spark_unpacks(services):
    """Docker mounts a tmpfs noexec: zstd's native library could not be mapped, and Spark wrote no table."""
    assert services["airflow-scheduler"]["tmpfs"] == ["/tmp:mode=1777,exec"]


def test_what_is_mounted_from_the_checkout_is_there_and_read_only(root, services):
    mounts = [mount for service in services.values() for mount in service.get("volumes", []) if mount.startswith("./")]
    for mount in mounts:
        source, _, mode = mount.split(":")
        assert (root / source).exists(), mount
        assert mode == "ro", mount


def test_volumes_are_declared_and_used(compose, services):
    named = {
        mount.split(":")[0]
        for service in services.values()
        for mount in service.get("volumes", [])
        if not mount.startswith("./")
    }
    assert named == set(compose["volumes"])


def test_only_datahub_is_behind_a_profile(services):
    """`COMPOSE_PROFILES` set to anything tells the sweep of DataHub."""
    profiles = {name: service["profiles"] for name, service in services.items() if "profiles" in service}
    assert profiles == {name: [PROFILE] for name in NOT_READ_ONLY}


@pytest.mark.parametrize("name", ["init", "sweep", "airflow-scheduler"])
def test_settings_are_those_of_the_chart(services, values, name):
    settings, environment = values["settings"], services[name]["environment"]
    assert environment["GRIDATA_STORE"] == settings["store"]
    assert environment["GRIDATA_WAREHOUSE"] == settings["warehouse"]
    assert environment["GRIDATA_S3_ENDPOINT"] == settings["s3Endpoint"]
    assert environment["GRIDATA_METADATA_BY"] == "sweep"


def test_init_and_sweep_are_called_as_the_chart_calls_them(root, services, values):
    templates = root / "helm/charts/gridata/templates"
    assert "args: [init, --wait," in (templates / "init/_spec.tpl").read_text()
    assert services["init"]["command"] == ["init", "--wait", str(values["init"]["waitSeconds"])]
    flags = re.findall(r"--[\w-]+", (templates / "sweep/deployment.yaml").read_text())
    assert [word.partition("=")[0] for word in services["sweep"]["command"][1:]] == [
        flag for flag in flags if flag != "--no-dispatch"
    ]
    assert f"--metrics-port={values['sweep']['metricsPort']}" in services["sweep"]["command"]


def test_prometheus_scrapes_what_rules_and_dashboards_ask_for(root, services):
    config = yaml.safe_load((root / "helm/compose/prometheus.yml").read_text())
    scraped = {each["job_name"]: each["static_configs"][0]["targets"] for each in config["scrape_configs"]}
    assert scraped == {
        "prometheus": ["localhost:9090"],
        "alertmanager": ["alertmanager:9093"],
        "gridata-sweep": ["sweep:9102"],
        "minio": ["minio:9000"],
    }
    mounted = set(re.findall(r"rules/(\w+)\.yaml:ro", str(services["prometheus"]["volumes"])))
    assert mounted == {"gridata", "platform", "minio"}  # of parts that are there and tell numbers


def test_versions_are_those_of_the_charts_and_locks(root, services):
    monitoring = yaml.safe_load((root / "helm/charts/monitoring/values.yaml").read_text())
    pinned = yaml.safe_load((root / "helm/versions.yaml").read_text())
    client = re.search(r'"acryl-datahub(?:\[[^]]*\])?==(\d+\.\d+\.\d+)', _control(root))
    assert client is not None
    for name, tag in {
        "prometheus": monitoring["prometheus"]["image"]["tag"],
        "alertmanager": monitoring["alertmanager"]["image"]["tag"],
        "postgres": pinned["images"]["postgres"]["tag"],
        "vault": pinned["images"]["vault"]["tag"],
        "grafana": pinned["images"]["grafana"]["tag"],
        "datahub": pinned["images"]["datahub"]["tag"],
        "datahub-gms": pinned["images"]["datahub"]["tag"],
        "datahub-upgrade": pinned["images"]["datahub"]["tag"],
        "datahub-kafka": pinned["images"]["kafka"]["tag"],
        "datahub-search": pinned["images"]["opensearch"]["tag"],
    }.items():
        assert services[name]["image"].endswith(f":{tag}}}"), name
    assert pinned["images"]["datahub"]["tag"] == f"v{client[1]}"


def test_grafana_finds_its_dashboards_and_asks_prometheus(root, services):
    folder = root / "helm/compose/grafana"
    (source,) = yaml.safe_load((folder / "datasources/prometheus.yaml").read_text())["datasources"]
    assert (source["url"], source["isDefault"]) == ("http://prometheus:9090", True)
    (provider,) = yaml.safe_load((folder / "dashboards/gridata.yaml").read_text())["providers"]
    assert f"./helm/charts/gridata/dashboards:{provider['options']['path']}:ro" in services["grafana"]["volumes"]
    assert services["grafana"]["environment"]["GF_AUTH_ANONYMOUS_ENABLED"] == "false"
    for dashboard in (root / "helm/charts/gridata/dashboards").glob("*.json"):
        (variable, *_) = json.loads(dashboard.read_text())["templating"]["list"]
        assert (variable["type"], variable["query"]) == ("datasource", source["type"]), dashboard.name


def test_the_worker_is_made_of_our_own_images_and_keeps_airflow_from_its_engines(root):
    dockerfile = (root / "helm/images/worker/Dockerfile").read_text()
    assert re.findall(r"^FROM (\S+)", dockerfile, re.M) == ["${AIRFLOW_IMAGE}", "${JOBS_IMAGE}"]
    assert re.findall(r"^USER (\S+)", dockerfile, re.M)[-1] == "10001:10001"
    assert "/opt/airflow/venv/bin:" not in dockerfile  # on no PATH


def test_folders_of_volumes_belong_to_the_user_that_writes_them(root, services):
    """A new volume gets the owner of the folder it covers; one that is not in the image would be root's."""
    images = {
        "airflow-logs": ["airflow/Dockerfile", "helm/images/worker/Dockerfile"],
        "jobs": ["helm/images/worker/Dockerfile"],
        "sweep": ["packages/gridata-control/Dockerfile"],
    }
    for name, service in services.items():
        for mount in service.get("volumes", []):
            volume, folder = mount.split(":")[:2]
            for path in images.get(volume, ()):
                made = [line for line in (root / path).read_text().splitlines() if folder in line and "10001" in line]
                assert made, (name, path, folder)


@pytest.mark.parametrize("profile", ["", PROFILE])
def test_compose_itself_accepts_the_file_without_a_word(root, profile):
    environment = SECRETS | {"PATH": "/usr/local/bin:/usr/bin:/bin", "COMPOSE_PROFILES": profile}
    environment |= {"HOME": str(root.home())}
    if shutil.which("docker") is None or docker_compose("version", root, environment).returncode != 0:
        pytest.skip("the docker compose plugin is not installed")
    answer = docker_compose("config", root, environment)
    assert (answer.returncode, answer.stderr) == (0, "")


def docker_compose(command, root, environment):
    return subprocess.run(
        ["docker", "compose", command], cwd=root, env=environment, check=False, capture_output=True, text=True
    )


def _control(root):
    return (root / "packages/gridata-control/pyproject.toml").read_text()
