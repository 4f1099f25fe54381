"""One version, wherever it is written."""

import re
import tomllib

import pytest
import yaml


def locked(root, lock: str) -> dict[str, set[str]]:
    """Distribution -> versions in a uv lock."""
    found: dict[str, set[str]] = {}
    for package in tomllib.loads((root / lock).read_text())["package"]:
        found.setdefault(package["name"], set()).add(package.get("version", ""))
    return found


def declared(root, name: str) -> set[str]:
    """Every exact pin of a distribution in any pyproject of ours."""
    pin = re.compile(rf'"{re.escape(name)}(?:\[[^]]*\])?==([^",;]+)"')
    return {
        match
        for path in root.glob("**/pyproject.toml")
        if ".venv" not in path.parts
        for match in pin.findall(path.read_text())
    }


@pytest.fixture(scope="module")
def versions(root):
    return yaml.safe_load((root / "helm" / "versions.yaml").read_text())


@pytest.mark.parametrize("name", ["duckdb", "pyiceberg", "pyspark", "acryl-datahub"])
def test_every_pyproject_pins_what_the_root_lock_holds(root, name):
    assert declared(root, name) == locked(root, "uv.lock")[name]


def test_airflow_is_pinned_once_for_its_lock_and_the_platform(root, versions):
    pinned = versions["runtimes"]["airflow"]["version"]
    assert declared(root, "apache-airflow") == locked(root, "airflow/uv.lock")["apache-airflow"] == {pinned}


def test_pyspark_of_the_lock_is_the_platforms(root, versions):
    assert locked(root, "uv.lock")["pyspark"] == {versions["runtimes"]["pyspark"]["version"]}


def test_the_iceberg_runtime_jar_is_built_for_the_spark_of_the_lock(root):
    jars = (root / "spark-jobs/src/gridata_jobs/jars.lock").read_text()
    (spark,) = locked(root, "uv.lock")["pyspark"]
    minor = ".".join(spark.split(".")[:2])
    assert re.findall(r"iceberg-spark-runtime-([0-9.]+)_", jars) == [minor]


def test_iceberg_jars_share_one_version(root):
    jars = (root / "spark-jobs/src/gridata_jobs/jars.lock").read_text()
    assert len(set(re.findall(r"org\.apache\.iceberg:[^:]+:([0-9.]+)", jars))) == 1


def test_the_airflow_environment_has_no_engine(root):
    assert {"pyspark", "duckdb", "pyiceberg", "gridata-jobs", "gridata-control"} & locked(
        root, "airflow/uv.lock"
    ).keys() == set()


def test_minio_is_built_from_one_commit_everywhere(root, versions):
    pinned = versions["sources"]["minio"]["version"]
    for path in ("helm/images/minio/Dockerfile", "scripts/build_tool.sh"):
        assert set(re.findall(r"v0\.0\.0-\d{14}-[0-9a-f]{12}", (root / path).read_text())) == {pinned}, path


def test_every_tool_is_built_from_the_source_that_the_platform_pins(root, versions):
    script = (root / "scripts/build_tool.sh").read_text()
    built = dict(re.findall(r"^\s+([a-z-]+)\)\s+module=(\S+ version=\S+)", script, re.MULTILINE))
    assert built == {name: f"{of['module']} version={of['version']}" for name, of in versions["sources"].items()}


def test_every_pin_of_the_platform_says_how_it_was_tried(versions):
    entries = [(group, name, entry) for group, named in versions.items() for name, entry in named.items()]
    assert [(group, name) for group, name, entry in entries if not entry.get("verified")] == []
