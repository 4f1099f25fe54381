"""Passwords and keys of the services: made once, kept in `.env`, never in a tracked file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gridata_contracts.errors import UsageError
from gridata_control.compose.project import Project
from gridata_control.random_values import fernet, key, word


@dataclass(frozen=True)
class Password:
    """One secret.

    Attributes:
        make: a fresh value.
        pattern: what a value may be. Most stand in URLs, so nothing that means something there.
        allowed: the same in words.
    """

    name: str
    make: Callable[[], str]
    pattern: str = r"[A-Za-z0-9._~-]{8,}"
    allowed: str = "8 or more of letters, digits and ._~-"


PASSWORDS = (
    Password("POSTGRES_PASSWORD", word),
    Password("AIRFLOW_DB_PASSWORD", word),
    Password("DATAHUB_DB_PASSWORD", word),
    Password("MINIO_ROOT_USER", lambda: "gridata", r"[A-Za-z0-9._~-]{3,}", "3 or more of letters, digits and ._~-"),
    Password("MINIO_ROOT_PASSWORD", word),
    Password("AIRFLOW_PASSWORD", word),
    Password("AIRFLOW_JWT_SECRET", key, r"[A-Za-z0-9._~-]{32,}", "32 or more of letters, digits and ._~-"),
    Password("AIRFLOW_FERNET_KEY", fernet, r"[A-Za-z0-9_-]{43}=", "32 bytes in URL-safe base64"),
    Password("GRAFANA_PASSWORD", word),
    Password("DATAHUB_PASSWORD", word),
    Password("DATAHUB_SECRET", key, r"[A-Za-z0-9._~-]{32,}", "32 or more of letters, digits and ._~-"),
    Password("DATAHUB_SYSTEM_SECRET", key, r"[A-Za-z0-9._~-]{32,}", "32 or more of letters, digits and ._~-"),
)
"""Every secret that docker-compose.yml asks for."""

_HEAD = """\
# Written by `gridata up`; passwords and keys are of this machine only. Further settings: .env.example.
# For commands in the shell that speak to these services:  set -a; . ./.env; set +a
"""
_SHELL = """
GRIDATA_STORE=s3://landing
GRIDATA_WAREHOUSE=s3://warehouse
GRIDATA_S3_ENDPOINT=http://127.0.0.1:${GRIDATA_PORT_MINIO:-9000}
GRIDATA_CATALOG_URI=postgresql+psycopg2://gridata:${POSTGRES_PASSWORD}@127.0.0.1:${GRIDATA_PORT_POSTGRES:-5432}/gridata
GRIDATA_LEDGER_URL=${GRIDATA_CATALOG_URI}
GRIDATA_METADATA_BY=sweep
GRIDATA_AIRFLOW_URL=http://127.0.0.1:${GRIDATA_PORT_AIRFLOW:-8081}
GRIDATA_AIRFLOW_USER=gridata
GRIDATA_AIRFLOW_PASSWORD=${AIRFLOW_PASSWORD}
AWS_ACCESS_KEY_ID=${MINIO_ROOT_USER}
AWS_SECRET_ACCESS_KEY=${MINIO_ROOT_PASSWORD}
AWS_REGION=us-east-1
"""


def write(project: Project) -> bool:
    """Make `.env` where there is none, readable by its owner only.

    Returns:
        Whether it was made. One that is there stays as it is.
    """
    text = _HEAD + "".join(f"{each.name}={each.make()}\n" for each in PASSWORDS) + _SHELL
    try:
        handle = os.open(project.dotenv, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        file.write(text)
    return True


def check(project: Project) -> None:
    """All secrets are there and of a kind that the services take.

    Raises:
        UsageError: one line per secret that is missing or cannot be used; values are not shown.
    """
    values = project.values()
    problems = [problem for each in PASSWORDS if (problem := _problem(each, values.get(each.name, "")))]
    if problems:
        raise UsageError(
            "\n".join([f"{project.dotenv}: {problem}" for problem in problems])
            + "\nFill them in. Or move the file away, and `gridata up` writes one with fresh passwords; services that"
            " already ran know the old ones, so `gridata down --volumes` comes before that, and deletes their data."
        )


def placeholders(values: Mapping[str, str]) -> dict[str, str]:
    """Something for each secret that is not there: Compose reads no file without, not even to stop its services."""
    return {each.name: "unset" for each in PASSWORDS if not values.get(each.name)}


def _problem(password: Password, value: str) -> str | None:
    if not value:
        return f"{password.name}: got nothing, allowed {password.allowed}."
    if not re.fullmatch(password.pattern, value):
        return f"{password.name}: got {len(value)} characters that are not of that kind, allowed {password.allowed}."
    return None
