"""`gridata up`, `down`, `logs`, `status --services` against a `docker` of our own that writes down what it is told."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.cli.platform import down, logs, up
from gridata_control.cli.status import status
from gridata_control.compose.passwords import PASSWORDS
from gridata_control.compose.project import Project

FAKE = """#!/usr/bin/env python3
import json, os, sys
told = json.load(open(os.environ["FAKE_DOCKER"]))
arguments = sys.argv[1:]
names = ("COMPOSE_PROFILES", "POSTGRES_PASSWORD")
with open(os.environ["FAKE_DOCKER"] + ".calls", "a") as calls:
    calls.write(json.dumps({"arguments": arguments, **{name: os.environ.get(name) for name in names}}) + "\\n")
line = " ".join(arguments)
for part, answer in told.items():
    if part in line:
        sys.stdout.write(answer.get("out", ""))
        sys.stderr.write(answer.get("err", ""))
        sys.exit(answer.get("code", 0))
"""
COMPOSE = 'name: gridata\nports: ["127.0.0.1:${GRIDATA_PORT_AIRFLOW:-8081}:8080"]\n'
WELL = {"State": "running", "Health": "healthy", "ExitCode": 0, "Publishers": []}
DONE = {"State": "exited", "Health": "", "ExitCode": 0, "Publishers": None}


@dataclass
class Fake:
    """The folder of a project, and what the fake answers by a part of its command line; the first that fits counts."""

    folder: Path
    environment: dict[str, str]
    answers: dict[str, dict[str, object]]

    def run(self, command: click.Command, *arguments: str) -> Result:
        (self.folder / "docker.json").write_text(json.dumps(self.answers))
        return CliRunner().invoke(command, arguments, env=self.environment, standalone_mode=False)

    def calls(self) -> list[dict[str, object]]:
        path = self.folder / "docker.json.calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def call(self, word: str) -> dict[str, object]:
        """The last call with this word."""
        return next(call for call in reversed(self.calls()) if word in list(call["arguments"]))  # type: ignore[call-overload]

    def containers(self, **services: dict[str, object]) -> None:
        lines = [json.dumps({"Service": name.replace("_", "-"), **facts}) for name, facts in services.items()]
        self.answers[" ps "] = {"out": "\n".join(lines)}


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "docker").write_text(FAKE)
    (commands / "docker").chmod(0o755)
    (tmp_path / "docker-compose.yml").write_text(COMPOSE)
    monkeypatch.chdir(tmp_path)
    for name in (*(each.name for each in PASSWORDS), "COMPOSE_PROFILES", "DOCKER_HOST"):
        monkeypatch.delenv(name, raising=False)
    config = {"services": {"airflow": {"image": "a:1"}, "grafana": {"image": "g:1"}, "init": {"image": "c:1"}}}
    made = Fake(
        tmp_path,
        {"PATH": f"{commands}:{os.environ['PATH']}", "FAKE_DOCKER": str(tmp_path / "docker.json")},
        {
            "compose version": {"out": "2.40.3\n"},
            "version --format": {"out": "28.0.0\n"},
            "config --format json": {"out": json.dumps(config)},
        },
    )
    made.containers(airflow=WELL, init=DONE)
    return made


def test_up_writes_passwords_once_for_the_owner_only_and_never_shows_them(fake: Fake) -> None:
    first = fake.run(up)
    written = (fake.folder / ".env").read_text()
    second = fake.run(up)

    assert (first.return_value, second.return_value) == (0, 0)
    assert stat.S_IMODE((fake.folder / ".env").stat().st_mode) == 0o600
    assert (fake.folder / ".env").read_text() == written
    values = Project(fake.folder, {}).values()
    assert {each.name for each in PASSWORDS} <= values.keys()
    secrets = [values[each.name] for each in PASSWORDS if each.name != "MINIO_ROOT_USER"]
    assert len(set(secrets)) == len(secrets)
    assert [secret for secret in secrets if secret in first.output + second.output] == []


def test_up_waits_for_all_services_and_says_where_they_are(fake: Fake) -> None:
    result = fake.run(up, "--wait", "90")

    arguments = fake.call("up")["arguments"]
    assert arguments[3:] == ["up", "--detach", "--wait", "--wait-timeout", "90", "airflow", "grafana", "init"]  # type: ignore[index]
    page = next(line for line in result.output.splitlines() if line.startswith("Airflow"))
    assert page == "Airflow     http://127.0.0.1:8081   user gridata, password AIRFLOW_PASSWORD in .env"


def test_a_service_can_be_left_out_and_the_others_are_named(fake: Fake) -> None:
    fake.answers = {"config --format json airflow init": fake.answers["config --format json"], **fake.answers}
    config = {"services": {"airflow": {"image": "a:1"}, "init": {"image": "c:1"}}}
    fake.answers["config --format json airflow init"] = {"out": json.dumps(config)}

    assert fake.run(up, "--without", "grafana").return_value == 0
    assert fake.call("up")["arguments"][-2:] == ["airflow", "init"]  # type: ignore[index]


def test_what_others_need_cannot_be_left_out(fake: Fake) -> None:
    result = fake.run(up, "--without", "init")  # the answer to `config airflow grafana` names it again

    assert isinstance(result.exception, UsageError)
    assert "init, which others need" in str(result.exception)


def test_a_profile_is_passed_on(fake: Fake) -> None:
    fake.run(up, "--profile", "datahub")
    assert fake.call("up")["COMPOSE_PROFILES"] == "datahub"
    fake.run(down)
    assert fake.call("down")["COMPOSE_PROFILES"] == "datahub"  # whatever was started


def test_an_unknown_service_is_told_with_those_that_are_known(fake: Fake) -> None:
    for command, arguments in ((up, ["grafan"]), (logs, ["grafan"])):
        error = fake.run(command, *arguments).exception
        assert isinstance(error, UsageError)
        assert "'grafan', allowed airflow" in str(error)


def test_each_missing_or_unusable_password_is_named_and_none_is_shown(fake: Fake) -> None:
    (fake.folder / ".env").write_text(
        "POSTGRES_PASSWORD=p@ss/word\nMINIO_ROOT_PASSWORD='short'\nAIRFLOW_FERNET_KEY=#no\n"
    )

    error = fake.run(up).exception

    assert isinstance(error, UsageError)
    lines = str(error).splitlines()
    assert len(lines) == len(PASSWORDS) + 1
    assert "POSTGRES_PASSWORD: got 9 characters that are not of that kind, allowed 8 or more of letters" in lines[0]
    assert "AIRFLOW_FERNET_KEY: got nothing" in str(error)
    assert "p@ss" not in str(error)
    assert "gridata down --volumes" in lines[-1]
    assert "up" not in fake.calls()[-1]["arguments"]  # type: ignore[operator]


def test_a_password_of_the_environment_counts_as_one_of_the_file(fake: Fake) -> None:
    fake.environment |= {each.name: each.make() for each in PASSWORDS}
    (fake.folder / ".env").write_text("")

    assert fake.run(up).return_value == 0


def test_no_docker_no_compose_an_old_one_and_no_engine_are_four_messages(fake: Fake) -> None:
    fake.answers["compose version"] = {"out": "2.20.2"}
    old = fake.run(up).exception
    fake.answers["compose version"] = {"code": 125, "err": "unknown command"}
    missing = fake.run(up).exception
    fake.answers["compose version"] = {"out": "v5.1.0"}
    fake.answers["version --format"] = {"code": 1, "err": "Cannot connect to the Docker daemon at unix:///x. Is it on?"}
    silent = fake.run(up).exception
    (fake.folder / "bin/docker").unlink()
    fake.environment["PATH"] = str(fake.folder / "bin")
    nothing = fake.run(up).exception

    assert isinstance(old, PermanentError)
    assert "got 2.20.2, allowed 2.24 and later" in str(old)
    assert isinstance(missing, PermanentError)
    assert isinstance(silent, TransientError)
    assert "Cannot connect to the Docker daemon" in str(silent)
    assert "Start Docker" in str(silent)
    assert isinstance(nothing, UsageError)
    assert "Install Docker" in str(nothing)
    assert not (fake.folder / ".env").exists()  # nothing is written before it can be of use


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (
            "programming external connectivity: listen tcp4 127.0.0.1:8081: bind: address already in use\n",
            "port 8081 of this machine: got one that something else listens on. Stop that, or set GRIDATA_PORT_AIRFLOW",
        ),
        ("Bind for 127.0.0.1:8081 failed: port is already allocated\n", "set GRIDATA_PORT_AIRFLOW in"),
        ("Error pull access denied for x, repository does not exist\n", "GRIDATA_IMAGE_<SERVICE>"),
        ("write /x: no space left on device\n", "docker system df"),
        ("dependency failed to start: container gridata-airflow-1 is unhealthy\n", "`gridata logs airflow` says why"),
    ],
    ids=["port of another program", "port of another container", "image", "disk", "unhealthy"],
)
def test_what_docker_says_is_told_as_what_to_do(fake: Fake, said: str, wanted: str) -> None:
    fake.answers[" up "] = {"code": 1, "err": said}
    fake.containers(airflow=WELL | {"Health": "unhealthy"}, grafana=WELL | {"State": "created"}, init=DONE)

    error = fake.run(up).exception

    assert isinstance(error, PermanentError)
    assert wanted in str(error)
    assert "grafana" not in str(error)


def test_down_keeps_data_unless_told_otherwise_and_works_without_passwords(fake: Fake) -> None:
    assert fake.run(down).return_value == 0
    assert fake.call("down")["arguments"][3:] == ["down", "--remove-orphans"]  # type: ignore[index]
    assert fake.call("down")["POSTGRES_PASSWORD"] == "unset"  # Compose would not read its file without
    assert fake.run(down, "--volumes").return_value == 0
    assert fake.call("down")["arguments"][3:] == ["down", "--remove-orphans", "--volumes"]  # type: ignore[index]


def test_logs_pass_on_what_is_asked(fake: Fake) -> None:
    assert fake.run(logs, "--follow", "--tail", "5", "airflow").return_value == 0
    assert fake.call("logs")["arguments"][3:] == ["logs", "--follow", "--tail", "5", "airflow"]  # type: ignore[index]


@pytest.mark.parametrize("shaped", [lambda text: text, lambda text: f"[{','.join(text.splitlines())}]"])
def test_status_tells_each_service_and_whether_all_are_well(fake: Fake, shaped: Callable[[str], str]) -> None:
    published = [{"URL": "127.0.0.1", "PublishedPort": 8081}, {"URL": "", "PublishedPort": 0}]
    fake.containers(airflow=WELL | {"Publishers": published}, init=DONE, sweep=WELL | {"Health": "starting"})
    fake.answers[" ps "]["out"] = shaped(str(fake.answers[" ps "]["out"]))

    waiting = fake.run(status, "--services")
    told = json.loads(fake.run(status, "--services", "--json").output)

    assert waiting.output.splitlines() == ["airflow  healthy   127.0.0.1:8081", "init     done", "sweep    starting"]
    assert waiting.return_value == 1
    assert [(each["service"], each["well"]) for each in told] == [("airflow", True), ("init", True), ("sweep", False)]


@pytest.mark.parametrize(
    ("facts", "well"),
    [
        (WELL, True),
        (WELL | {"Health": ""}, True),
        (DONE, False),
        (WELL | {"Health": "unhealthy"}, False),
        (WELL | {"State": "restarting", "Health": "", "ExitCode": 1}, False),
    ],
)
def test_a_service_that_ended_is_not_well_and_one_that_was_to_end_is(
    fake: Fake, facts: dict[str, object], well: bool
) -> None:
    fake.containers(sweep=facts, databases=DONE)
    assert fake.run(status, "--services").return_value == (0 if well else 1)
    fake.containers(databases=DONE | {"ExitCode": 3})
    assert fake.run(status, "--services").output == "databases  exited (3)\n"


def test_nothing_is_there_until_it_is_started(fake: Fake) -> None:
    fake.answers[" ps "] = {"out": ""}
    assert fake.run(status, "--services").output == "No service is there. Start with `gridata up`.\n"


def test_missing_images_of_ours_are_built_with_what_they_are_made_of(fake: Fake) -> None:
    script = fake.folder / "scripts/build_images.sh"
    script.parent.mkdir()
    script.write_text('#!/bin/sh\necho "$PREFIX $TAG $BASE_IMAGE $@" >>"$FAKE_DOCKER.built"\n')
    script.chmod(0o755)
    ours = "localhost/gridata"
    config = {
        "services": {"a": {"image": f"{ours}/worker:dev"}, "b": {"image": f"{ours}/minio:2026"}, "c": {"image": "p"}}
    }
    fake.answers["config --format json"] = {"out": json.dumps(config)}
    fake.answers[f"inspect --format {{{{.Id}}}} {ours}/airflow:dev"] = {"out": "sha256:1"}
    fake.answers["image inspect"] = {"code": 1}
    fake.environment["GRIDATA_REGISTRY_MIRROR"] = "mirror.example"

    assert fake.run(up).return_value == 0

    assert (fake.folder / "docker.json.built").read_text().splitlines() == [
        "localhost 2026 mirror.example/debian:bookworm-slim minio",
        "localhost dev mirror.example/debian:bookworm-slim spark-jobs worker",
    ]
    script.write_text("#!/bin/sh\nexit 7\n")
    assert "got exit code 7 from scripts/build_images.sh" in str(fake.run(up).exception)


def test_a_folder_without_the_platform_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker-compose.yml").write_text("name: somebody-elses\n")
    monkeypatch.setattr("gridata_control.compose.project.__file__", str(tmp_path / "site-packages/project.py"))

    with pytest.raises(UsageError, match=r"got none of Gridata's\. Run this in a checkout of Gridata"):
        Project.find(tmp_path)


def test_settings_are_read_as_compose_reads_them(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# A=0\nA=1\nexport B='two words' \nC=x # why\nD=#no\nE=\n\nnonsense\n")

    assert Project(tmp_path, {"A": "9"}).values() == {"A": "9", "B": "two words", "C": "x", "D": "", "E": ""}
