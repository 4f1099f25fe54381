"""The folder with docker-compose.yml, and the settings that its `.env` gives."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gridata_contracts.errors import UsageError

FILE = "docker-compose.yml"
_OURS = "name: gridata\n"
_PORT = re.compile(r"127\.0\.0\.1:\$\{(GRIDATA_PORT_\w+):-(\d+)\}")


@dataclass(frozen=True)
class Project:
    """What Compose reads.

    Attributes:
        folder: where docker-compose.yml and `.env` lie.
        environment: of this process; what it sets wins over `.env`, as Compose has it.
    """

    folder: Path
    environment: Mapping[str, str]

    @classmethod
    def find(cls, start: Path | None = None, environment: Mapping[str, str] | None = None) -> Project:
        """The project of `start` (default: here), else the checkout that this package was installed from.

        Raises:
            UsageError: there is none.
        """
        begin = (start or Path.cwd()).resolve()
        for origin in (begin, Path(__file__).resolve()):
            for folder in (origin, *origin.parents):
                if (folder / FILE).is_file() and _OURS in (folder / FILE).read_text():
                    return cls(folder, os.environ if environment is None else environment)
        raise UsageError(f"{FILE} above {begin}: got none of Gridata's. Run this in a checkout of Gridata.")

    @property
    def dotenv(self) -> Path:
        """The file with passwords and settings that Compose reads by itself."""
        return self.folder / ".env"

    def values(self) -> dict[str, str]:
        """Settings by name: those of `.env`, under those of the environment."""
        return {**_values(self.dotenv), **self.environment}

    def port_setting(self, port: int) -> str | None:
        """Name of the setting that makes a service listen on this port."""
        values = self.values()
        for name, default in _PORT.findall((self.folder / FILE).read_text()):
            if (values.get(name) or default) == str(port):
                return str(name)
        return None

    def port(self, setting: str) -> str:
        """The port that a setting, such as GRIDATA_PORT_AIRFLOW, leads to."""
        defaults = dict(_PORT.findall((self.folder / FILE).read_text()))
        return self.values().get(setting) or defaults[setting]


def _values(path: Path) -> dict[str, str]:
    """Assignments of a file of the kind Compose reads; references to other names stay as they are written."""
    found: dict[str, str] = {}
    if not path.is_file():
        return found
    for line in path.read_text().splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            text = value.strip()
            quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
            found[name.strip()] = text[1:-1] if quoted else re.sub(r"\s+#.*$|^#.*$", "", text)
    return found
