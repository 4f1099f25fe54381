"""What Docker says when something is wrong, as what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gridata_control.compose.project import Project
from gridata_control.compose.services import Service

_TAKEN = re.compile(r"(?:127\.0\.0\.1|0\.0\.0\.0):(\d+).*?(?:already allocated|already in use)")
_NOT_PULLED = re.compile(
    r"pull access denied|manifest (?:for \S+ not found|unknown)|failed to resolve|no such host|not found: manifest"
    r"|error getting credentials|TLS handshake|dial tcp|connect: connection refused|toomanyrequests|i/o timeout"
)
_NO_ROOM = re.compile(r"no space left on device", re.IGNORECASE)
_PULL = (
    "image: got one that could not be pulled. In .env set GRIDATA_REGISTRY_MIRROR, or GRIDATA_IMAGE_<SERVICE> to "
    "one that is there; or leave the service out with `gridata up --without SERVICE`."
)
_OUR_LOGS = "`gridata logs {}` says why"


def told(project: Project, said: str, services: Iterable[Service]) -> str:
    """What went wrong, one line each; empty: nothing of it is known.

    Args:
        project: whose settings are named.
        said: what Compose wrote to standard error.
        services: as they are now.
    """
    lines = [*_ports(project, said), *_images(said)]
    if _NO_ROOM.search(said):
        lines.append("disk: got no space left. `docker system df` says what takes it.")
    if not lines:
        lines = [
            f"service {each.name}: got {each.described}, allowed healthy. {_OUR_LOGS.format(each.name)}."
            for each in services
            if not each.well and each.state != "created"  # what was not started yet waits for one of the others
        ]
    return "\n".join(lines)


def _ports(project: Project, said: str) -> list[str]:
    return [
        f"port {port} of this machine: got one that something else listens on. "
        f"Stop that, or set {project.port_setting(int(port)) or 'another port'} in {project.dotenv}."
        for port in dict.fromkeys(_TAKEN.findall(said))
    ]


def _images(said: str) -> list[str]:
    return [_PULL] if _NOT_PULLED.search(said) else []
