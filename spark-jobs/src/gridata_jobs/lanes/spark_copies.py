"""A staged file where a task runs: on the driver's machine the driver's own, elsewhere a copy made there once.

What is staged is decided by the landed bytes alone, so a copy made from the same object version is the same file and
spans cut by the driver hold in it. Each executor fetches the files that its tasks read, whole: many files spread over
the executors, one large file goes to each of them.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from gridata_contracts.errors import TransientError
from gridata_contracts.model import Format
from gridata_control.landing.s3 import S3Store
from gridata_jobs.read.staging import Staged, stage

_FOLDER = "gridata-staged"


@dataclass(frozen=True)
class Landed:
    """Where a task finds an object version that the driver staged.

    Attributes:
        bucket: of the landing store.
        endpoint: S3 endpoint other than AWS; credentials come from the task's own environment.
        announced: format as which the driver staged it.
        staged: the driver's file.
    """

    bucket: str
    endpoint: str | None
    key: str
    version_id: str
    file_id: str
    announced: Format
    staged: Staged

    def copy(self, folder: Path | None = None) -> Staged:
        """The same file on this machine, fetched by the first task that asks.

        Args:
            folder: scratch of this machine; None: below GRIDATA_SCRATCH, else the temporary folder.

        Raises:
            TransientError: the store does not answer, or does not give what the driver got.
        """
        scratch = folder or Path(os.environ.get("GRIDATA_SCRATCH") or tempfile.gettempdir()) / _FOLDER
        scratch.mkdir(parents=True, exist_ok=True)
        target = scratch / self.file_id
        with (scratch / f".{self.file_id}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not target.is_dir():
                self._fetch(target)
        return replace(self.staged, path=target / self.staged.path.name)

    def _fetch(self, target: Path) -> None:
        partial = target.with_suffix(".part")
        shutil.rmtree(partial, ignore_errors=True)  # of a task that was killed
        partial.mkdir()
        landed = partial / self.staged.path.with_suffix(".landed").name
        S3Store(self.bucket, self.endpoint).fetch(self.key, self.version_id, landed)
        found = stage(landed, self.announced)
        if (found.path.name, found.landed_bytes) != (self.staged.path.name, self.staged.landed_bytes):
            raise TransientError(
                f"{self.key}: got another file than the driver, allowed the same version. Do both have one image?"
            )
        partial.rename(target)
