"""A Vault of our own: `with vault(folder) as server: server.address`. It starts sealed and empty."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from servers.process import Server, free_port  # type: ignore[import-not-found]  # tests/ is put on the path by who starts servers

_BUILD = Path(__file__).parents[2] / "scripts" / "build_tool.sh"


@dataclass
class Vault:
    """A running Vault and how to reach it.

    Attributes:
        folder: its storage, log and audit files.
        seal: a `seal` stanza; empty: key shares.
    """

    folder: Path
    port: int
    seal: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    server: Server = field(init=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; sealed, unless it unseals itself."""
        config = self.folder / "vault.hcl"
        config.write_text(_CONFIG.format(folder=self.folder, port=self.port, cluster=free_port(), seal=self.seal))
        command = [str(binary()), "server", f"-config={config}"]
        variables = {"HOME": str(self.folder), "SKIP_SETCAP": "1"} | self.environment
        self.server = Server.start(command, variables, self.folder / "vault.log", self._answers)

    def restart(self) -> None:
        """Stop it and start it again over the same storage."""
        self.server.stop()
        self.start()

    def audit_lines(self, name: str) -> list[dict[str, object]]:
        """What one of its audit files has, in order."""
        return [json.loads(line) for line in (self.folder / name).read_text().splitlines()]

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/v1/sys/seal-status", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False


_CONFIG = """\
ui                = false
disable_mlock     = true
default_lease_ttl = "1h"
max_lease_ttl     = "24h"
api_addr          = "http://127.0.0.1:{port}"
cluster_addr      = "http://127.0.0.1:{cluster}"
listener "tcp" {{
  address         = "127.0.0.1:{port}"
  cluster_address = "127.0.0.1:{cluster}"
  tls_disable     = true
}}
storage "raft" {{
  path                   = "{folder}/raft"
  node_id                = "test"
  performance_multiplier = 1
}}
{seal}
"""


def binary() -> Path:
    """The binary of the pinned source, built when it is missing (minutes, needs Go)."""
    built = subprocess.run([str(_BUILD), "vault"], check=True, stdout=subprocess.PIPE, text=True)
    return Path(built.stdout.splitlines()[-1])


@contextmanager
def vault(folder: Path, seal: str = "", environment: dict[str, str] | None = None) -> Iterator[Vault]:
    """A Vault with its storage below the folder, stopped at the end."""
    (folder / "raft").mkdir(parents=True)
    running = Vault(folder, free_port(), seal, environment or {})
    running.start()
    try:
        yield running
    finally:
        running.server.stop()
