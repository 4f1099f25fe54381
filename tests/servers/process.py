"""A server as a child process: a free port, a log, a readiness wait, and an end by its own process id."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0


class ServerError(Exception):
    """A server is missing or did not start: loud, because a skipped integration test proves nothing."""


def free_port() -> int:
    """A port of the loopback interface nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One running server; `stop` ends exactly this process."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        ready: Callable[[], bool],
        user: str | None = None,
    ) -> Server:
        """Start it and wait until `ready` says so.

        Raises:
            ServerError: it ended, or was not ready in time; the end of its log is in the message.
        """
        with log.open("wb") as output:
            process = subprocess.Popen(
                list(command), env=dict(environment), stdout=output, stderr=subprocess.STDOUT, user=user
            )
        server = cls(process, log)
        deadline = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise ServerError(f"{command[0]} ended with {process.returncode}: {server.tail()}")
            if ready():
                return server
            time.sleep(0.1)
        server.stop()
        raise ServerError(f"{command[0]} was not ready after {READY_TIMEOUT_S:g} s: {server.tail()}")

    def stop(self) -> None:
        """Ask it to end, then make it end."""
        self.process.terminate()
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def tail(self) -> str:
        """The last lines of its log."""
        return self.log.read_text(errors="replace")[-2000:]
