"""Every DataHub name of Gridata, in one place: a table id with its separators changed, never a random id.

Worked examples, environment PROD:

1. table        `urn:li:dataset:(urn:li:dataPlatform:iceberg,ecommerce_bronze.orders_v1,PROD)`
2. landing, S3  `urn:li:dataset:(urn:li:dataPlatform:s3,<bucket>/landing/ecommerce/orders/v1,PROD)`
3. landing here `urn:li:dataset:(urn:li:dataPlatform:file,local/landing/ecommerce/orders/v1,PROD)`
4. column       `urn:li:schemaField:(<dataset>,items.unit_price)`
5. check        `urn:li:assertion:<32 hexadecimal digits of the sha256 of table and check id>`
6. run          `urn:li:dataProcessInstance:<run id>`
7. job          `urn:li:dataJob:(urn:li:dataFlow:(gridata,ecommerce_orders_v1,PROD),ingest)`
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING

from gridata_contracts.errors import UsageError
from gridata_contracts.naming import DatasetId, landing_prefix

if TYPE_CHECKING:
    from gridata_control.settings import Settings

ENVIRONMENTS = ("DEV", "TEST", "QA", "UAT", "EI", "PRE", "STG", "NON_PROD", "PROD", "CORP", "RVW", "SANDBOX")
PII = "pii"
"""Tag of a column that its contract marks as personal."""
PII_DERIVED = "pii-derived"
"""Tag of a column computed from a personal one; a person decides whether it still is."""

_DATASET = re.compile(r"urn:li:dataset:\(urn:li:dataPlatform:([^,]+),(.+),([A-Z_]+)\)")
_FIELD = re.compile(r"urn:li:schemaField:\((urn:li:dataset:\(.+\)),([^,]+)\)")


def environment() -> str:
    """The DataHub fabric all names carry: `GRIDATA_DATAHUB_ENV`, by default PROD, as DataHub's own tools.

    Raises:
        UsageError: DataHub has no such fabric.
    """
    name = os.environ.get("GRIDATA_DATAHUB_ENV") or "PROD"
    if name not in ENVIRONMENTS:
        raise UsageError(f"GRIDATA_DATAHUB_ENV: got {name!r}, allowed one of {', '.join(ENVIRONMENTS)}.")
    return name


def platform(name: str) -> str:
    """A system that holds datasets."""
    return f"urn:li:dataPlatform:{name}"


def table(table_id: str) -> str:
    """An Iceberg table."""
    return _dataset("iceberg", table_id)


def landing(settings: Settings, dataset: DatasetId) -> str:
    """The landing folder of a dataset version, in the store the settings name."""
    scheme, _, rest = settings.store_uri.partition("://")
    bucket = rest.partition("/")[0] if scheme == "s3" else "local"
    return _dataset("s3" if scheme == "s3" else "file", f"{bucket}/{landing_prefix(dataset).rstrip('/')}")


def column(dataset_urn: str, path: str) -> str:
    """One column of a dataset."""
    return f"urn:li:schemaField:({dataset_urn},{path})"


def assertion(table_id: str, check_id: str) -> str:
    """One check of one table, the same for all its runs."""
    digest = hashlib.sha256(f"{environment()}\0{table_id}\0{check_id}".encode()).hexdigest()
    return f"urn:li:assertion:{digest[:32]}"


def run(run_id: str) -> str:
    """One run of a job."""
    return f"urn:li:dataProcessInstance:{_plain(run_id)}"


def flow(name: str) -> str:
    """The flow a job belongs to."""
    return f"urn:li:dataFlow:(gridata,{_plain(name)},{environment()})"


def job(flow_name: str, job_name: str) -> str:
    """A job, over all its runs."""
    return f"urn:li:dataJob:({flow(flow_name)},{_plain(job_name)})"


def owner(name: str) -> str:
    """An e-mail address is a person, any other name a group."""
    return f"urn:li:corpuser:{_plain(name)}" if "@" in name else f"urn:li:corpGroup:{_plain(name)}"


def tag(name: str) -> str:
    """A tag."""
    return f"urn:li:tag:{_plain(name)}"


def domain(name: str) -> str:
    """A business domain."""
    return f"urn:li:domain:{_plain(name)}"


def dataset_name(urn: str) -> tuple[str, str]:
    """Platform and name of a dataset URN: `("iceberg", "ecommerce_bronze.orders_v1")`."""
    match = _DATASET.fullmatch(urn)
    return (match[1], match[2]) if match else ("", urn)


def column_parts(urn: str) -> tuple[str, str]:
    """Dataset URN and column path of a column URN; both empty when it is none."""
    match = _FIELD.fullmatch(urn)
    return (match[1], match[2]) if match else ("", "")


def _dataset(platform_name: str, name: str) -> str:
    return f"urn:li:dataset:({platform(platform_name)},{name},{environment()})"


def _plain(text: str) -> str:
    """URN parts may not hold these; they come from free text such as an owner's name."""
    return re.sub(r"[(),%\s]+", "-", text.strip()).strip("-")
