"""A MinIO of our own: `with minio(folder) as server: server.make_bucket("landing")`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from servers.process import Server, free_port  # type: ignore[import-not-found]  # tests/ is put on the path by who starts servers

_BUILD = Path(__file__).parents[2] / "scripts" / "build_tool.sh"
ACCESS_KEY = "gridata-test"
SECRET_KEY = "gridata-test-secret"


@dataclass
class Minio:
    """A running MinIO and how to reach it."""

    endpoint: str
    server: Server
    client: Any

    @property
    def environment(self) -> dict[str, str]:
        """Variables that lead the AWS default chain to it."""
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "GRIDATA_S3_ENDPOINT": self.endpoint,
        }

    def make_bucket(self, name: str, *, versioned: bool = True) -> str:
        """A new bucket, versioned like every landing bucket."""
        self.client.create_bucket(Bucket=name)
        if versioned:
            self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name


def binary() -> Path:
    """The binary of the pinned source, built when it is missing (3 minutes, needs Go)."""
    built = subprocess.run([str(_BUILD), "minio"], check=True, stdout=subprocess.PIPE, text=True)
    return Path(built.stdout.splitlines()[-1])


@contextmanager
def minio(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Minio]:
    """A MinIO with its data below the folder and further `MINIO_*` settings, stopped at the end."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, connect_timeout=2),
    )

    def ready() -> bool:
        try:
            client.list_buckets()
        except (BotoCoreError, ClientError):
            return False
        return True

    environment = {"MINIO_ROOT_USER": ACCESS_KEY, "MINIO_ROOT_PASSWORD": SECRET_KEY, "HOME": str(folder)}
    environment |= settings or {}
    command = [str(binary()), "server", str(folder / "data"), "--address", f"127.0.0.1:{port}", "--quiet"]
    command += ["--console-address", f"127.0.0.1:{free_port()}"]
    server = Server.start(command, environment, folder / "minio.log", ready)
    try:
        yield Minio(endpoint, server, client)
    finally:
        client.close()
        server.stop()
