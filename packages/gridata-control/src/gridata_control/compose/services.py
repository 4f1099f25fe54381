"""How the services are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gridata_contracts.model import JsonValue

_ONCE = ("databases", "init", "airflow-migrate", "datahub-upgrade")
"""Services that do their work and end."""


@dataclass(frozen=True)
class Service:
    """One container.

    Attributes:
        state: as Docker has it: running, exited, restarting, created, …
        health: healthy, starting or unhealthy; empty: it has no check, or does not run.
        exit_code: how it ended; 0 while it runs.
        ports: addresses on this machine.
    """

    name: str
    state: str
    health: str
    exit_code: int
    ports: tuple[str, ...]

    @property
    def well(self) -> bool:
        """It runs and is healthy, or had one thing to do and has done it."""
        if self.name in _ONCE:
            return self.state == "exited" and self.exit_code == 0
        return self.state == "running" and self.health in ("healthy", "")

    @property
    def described(self) -> str:
        """Its state in a word or two."""
        if self.name in _ONCE and self.well:
            return "done"
        if self.state == "running":
            return self.health or self.state
        return f"{self.state} ({self.exit_code})" if self.state == "exited" else self.state

    def data(self) -> dict[str, JsonValue]:
        """The same as plain data."""
        return {
            "service": self.name,
            "state": self.state,
            "health": self.health or None,
            "exit_code": self.exit_code,
            "well": self.well,
            "ports": list(self.ports),
        }


def read(containers: Iterable[Mapping[str, JsonValue]]) -> list[Service]:
    """Services by name, from what Compose says of their containers."""
    return sorted((_service(each) for each in containers), key=lambda service: service.name)


def _service(container: Mapping[str, JsonValue]) -> Service:
    code = container.get("ExitCode")
    return Service(
        name=str(container["Service"]),
        state=str(container.get("State", "")),
        health=str(container.get("Health") or ""),
        exit_code=code if isinstance(code, int) else 0,
        ports=tuple(sorted(_published(container.get("Publishers")))),
    )


def _published(publishers: JsonValue) -> set[str]:
    entries = publishers if isinstance(publishers, list) else []
    return {
        f"{each['URL']}:{each['PublishedPort']}"
        for each in entries
        if isinstance(each, dict) and each.get("PublishedPort")
    }
