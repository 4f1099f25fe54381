"""Docker and its Compose, as the command line has them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_contracts.model import JsonValue
from gridata_control.compose.passwords import placeholders
from gridata_control.compose.project import Project

PROFILE = "datahub"
"""The only profile of docker-compose.yml."""
OLDEST = (2, 24)
"""Compose that waits for services which end, and makes files from `content`."""
_ANSWER_WITHIN_S = 30


@dataclass(frozen=True)
class Ended:
    """How a command ended: its code, and the last of what it said on standard error."""

    code: int
    said: str


class Engine:
    """Docker for one project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        if shutil.which("docker", path=project.environment.get("PATH")) is None:
            raise UsageError("docker: got no such command on the PATH. Install Docker Engine or Docker Desktop.")

    def check(self) -> None:
        """The engine answers, and its Compose is new enough.

        Raises:
            TransientError: no engine answers.
            PermanentError: no Compose, or an old one.
        """
        version = self._asked(["compose", "version", "--short"])
        numbers = re.match(r"v?(\d+)\.(\d+)", version.stdout.strip())
        if version.returncode != 0 or numbers is None:
            raise PermanentError("docker compose: got no such plugin. Install Docker's Compose plugin.")
        if (int(numbers[1]), int(numbers[2])) < OLDEST:
            allowed = ".".join(str(each) for each in OLDEST)
            raise PermanentError(
                f"docker compose: got {version.stdout.strip()}, allowed {allowed} and later. Update the plugin."
            )
        self.check_answers()

    def check_answers(self) -> None:
        """The engine answers.

        Raises:
            TransientError: it does not.
        """
        server = self._asked(["version", "--format", "{{.Server.Version}}"])
        if server.returncode != 0:
            where = self.project.environment.get("DOCKER_HOST") or "its usual socket"
            raise TransientError(
                f"docker engine at {where}: got no answer ({_last_line(server.stderr)}). "
                "Start Docker (or see that you may use its socket), then run this again."
            )

    def has_image(self, name: str) -> bool:
        """Whether the engine has this image already."""
        return self._asked(["image", "inspect", "--format", "{{.Id}}", name]).returncode == 0

    def services(self, names: Sequence[str] = ()) -> dict[str, str]:
        """Image by service: of all that would be started, or of those named and what they need.

        Raises:
            UsageError: no such service.
            PermanentError: Compose does not accept its file.
        """
        known = self._config([])
        if unknown := [name for name in names if name not in known]:
            raise UsageError(
                f"service: got {', '.join(map(repr, unknown))}, allowed {', '.join(sorted(known))}. "
                f"Those of DataHub are there with its profile only (`gridata up --profile {PROFILE}`)."
            )
        return self._config(names) if names else known

    def containers(self) -> list[Mapping[str, JsonValue]]:
        """What `docker compose ps` says of each container, ended ones included."""
        listed = self._asked([*self._compose(), "ps", "--all", "--format", "json"], every_profile=True)
        if listed.returncode != 0:
            raise PermanentError(f"docker compose ps: {_last_line(listed.stderr)}")
        text = listed.stdout.strip()
        if text.startswith("["):  # until 2.20
            return list(json.loads(text))
        return [json.loads(line) for line in text.splitlines()]

    def run(self, arguments: Sequence[str], *, every_profile: bool = False) -> Ended:
        """Run `docker compose …`; what it says on standard error is passed on, and remembered."""
        process = subprocess.Popen(
            ["docker", *self._compose(), *arguments],
            cwd=self.project.folder,
            env=self._environment(every_profile),
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        said: list[str] = []
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                sys.stderr.write(line)
                sys.stderr.flush()
                said = [*said[-199:], line]
        return Ended(process.wait(), "".join(said))

    def _config(self, names: Sequence[str]) -> dict[str, str]:
        answer = self._asked([*self._compose(), "config", "--format", "json", *names])
        if answer.returncode != 0:
            raise PermanentError(f"docker-compose.yml: {_last_line(answer.stderr)}")
        return {name: str(service["image"]) for name, service in json.loads(answer.stdout)["services"].items()}

    def _compose(self) -> list[str]:
        return ["compose", "--project-directory", str(self.project.folder)]

    def _asked(self, arguments: Sequence[str], *, every_profile: bool = False) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                ["docker", *arguments],
                cwd=self.project.folder,
                env=self._environment(every_profile),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_ANSWER_WITHIN_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TransientError(
                f"docker {arguments[0]}: got no answer within {_ANSWER_WITHIN_S} s. See whether the engine works."
            ) from error

    def _environment(self, every_profile: bool) -> dict[str, str]:
        values = self.project.values()
        chosen = {"COMPOSE_PROFILES": PROFILE} if every_profile else {}
        return {**self.project.environment, **placeholders(values), **chosen}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
