"""Every name follows from the dataset id: change the separators, change nothing else.

Worked examples, all for contract `data/contracts/ecommerce/orders/v1/contract.odcs.yaml`:

 1. dataset id            `ecommerce.orders.v1`
 2. landing prefix        `landing/ecommerce/orders/v1/`
 3. one landed object     `landing/ecommerce/orders/v1/2024-01-01/orders.jsonl`
 4. its reason file       `rejected/ecommerce/orders/v1/2024-01-01/orders.jsonl.reasons.jsonl`
 5. bronze table          `ecommerce_bronze.orders_v1`
 6. quarantine table      `ecommerce_quarantine.orders_v1`
 7. ingest DAG            `ecommerce_orders_v1_ingest` (a pipeline document may own the dataset instead)
 8. Airflow asset         `x-iceberg://gridata/ecommerce_bronze/orders_v1`
 9. Vault role            `ecommerce-orders-v1`
10. file id               `sha256(bucket NUL key NUL version_id)`, hexadecimal
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from gridata_contracts.errors import UsageError

LANDING = "landing"
REJECTED = "rejected"
STAGING = "staging"
CONTRACT_FILE = "contract.odcs.yaml"
KEY_MAX_BYTES = 1024
"""Longest object key that S3 takes, in UTF-8 bytes."""
NAME_MAX_BYTES = 255
"""Longest part between slashes that file systems take, likewise."""
PLATFORM = "platform"
"""The domain of what belongs to none: Gridata's own tables and the jobs that look after all."""
_OWN = "gridata"
_REASONS = ".reasons.jsonl"

_DOMAIN = r"[a-z][a-z0-9]*"
_DATASET = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*"
_DATASET_ID = re.compile(rf"({_DOMAIN})\.({_DATASET})\.v([1-9][0-9]*)")
_BRONZE = re.compile(rf"({_DOMAIN})_bronze\.({_DATASET})_v([1-9][0-9]*)")
_TABLE = re.compile(r"([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)")
_NAMESPACE = re.compile(rf"({_DOMAIN})_[a-z0-9]+")


@dataclass(frozen=True, order=True)
class DatasetId:
    """Domain, dataset and major version: the identity all other names derive from."""

    domain: str
    dataset: str
    major: int

    def __str__(self) -> str:
        return f"{self.domain}.{self.dataset}.v{self.major}"

    @property
    def stem(self) -> str:
        """`orders_v1`: the table name inside a layer's namespace."""
        return f"{self.dataset}_v{self.major}"


def parse_dataset_id(text: str) -> DatasetId:
    """`ecommerce.orders.v1` as a DatasetId.

    Raises:
        UsageError: the text is not `<domain>.<dataset>.v<N>`.
    """
    match = _DATASET_ID.fullmatch(text)
    if match is None:
        raise UsageError(f"dataset id: got {text!r}, allowed <domain>.<dataset>.v<N> such as ecommerce.orders.v1.")
    return DatasetId(match[1], match[2], int(match[3]))


def landing_prefix(dataset: DatasetId) -> str:
    """Object key prefix a producer writes under, with the closing slash."""
    return f"{LANDING}/{dataset.domain}/{dataset.dataset}/v{dataset.major}/"


def reasons_key(landed_key: str) -> str:
    """Key of the producer's reason file for a landed object.

    Where the name would be longer than file systems take, its end gives way to a hash of the key; where the whole key
    would be longer than S3 takes, the folder does, too.
    """
    head, _, rest = landed_key.partition("/")
    key = f"{REJECTED}/{rest if head == LANDING else landed_key}{_REASONS}"
    folder, _, name = key.rpartition("/")
    mark = f"~{hashlib.sha256(landed_key.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}{_REASONS}"
    if len(name.encode("utf-8", "surrogatepass")) > NAME_MAX_BYTES:
        kept = name.encode("utf-8", "surrogatepass")[: NAME_MAX_BYTES - len(mark)]
        key = f"{folder}/{kept.decode('utf-8', 'ignore')}{mark}"
    return key if len(key.encode("utf-8", "surrogatepass")) <= KEY_MAX_BYTES else f"{REJECTED}/{mark}"


def staging_key(file_id: str, suffixes: str) -> str:
    """Key of the exact version a job reads; never the producer's own name. `suffixes` such as `.jsonl.gz`."""
    return f"{STAGING}/{file_id}{suffixes}"


def bronze_table(dataset: DatasetId) -> str:
    """Table that holds a dataset version's valid rows."""
    return f"{dataset.domain}_bronze.{dataset.stem}"


def quarantine_table(dataset: DatasetId) -> str:
    """Table that holds a dataset version's rejected rows and files."""
    return f"{dataset.domain}_quarantine.{dataset.stem}"


def dataset_of_bronze(table: str) -> DatasetId | None:
    """The dataset version whose bronze table this would be; None for another kind of table."""
    match = _BRONZE.fullmatch(table)
    return None if match is None else DatasetId(match[1], match[2], int(match[3]))


def layer_of(table: str) -> str:
    """`bronze` of `ecommerce_bronze.orders_v1`."""
    return table.partition(".")[0].rpartition("_")[2]


def split_table(table: str) -> tuple[str, str]:
    """Namespace and name of a table id.

    Raises:
        UsageError: the text is not `<domain>_<layer>.<name>`.
    """
    match = _TABLE.fullmatch(table)
    if match is None:
        raise UsageError(f"table: got {table!r}, allowed <domain>_<layer>.<name> such as ecommerce_bronze.orders_v1.")
    return match[1], match[2]


def ingest_dag_id(dataset: DatasetId) -> str:
    """DAG that ingests a dataset version no pipeline document owns."""
    return f"{dataset.domain}_{dataset.stem}_ingest"


def domain_of(table: str) -> str:
    """`ecommerce` of `ecommerce_bronze.orders_v1`, or of `ecommerce.orders.v1`; `platform` of Gridata's own tables.

    Raises:
        UsageError: it is neither a table nor a dataset id.
    """
    if _DATASET_ID.fullmatch(table):
        return parse_dataset_id(table).domain
    match = _NAMESPACE.fullmatch(split_table(table)[0])
    if match is None:
        raise UsageError(f"table: got {table!r}, allowed one of a domain: <domain>_<layer>.<name>. Rename it.")
    return PLATFORM if match[1] == _OWN else match[1]


def asset_uri(table: str) -> str:
    """Airflow asset that stands for a table's publication."""
    namespace, name = split_table(table)
    return f"x-iceberg://gridata/{namespace}/{name}"


def vault_role(dataset: DatasetId) -> str:
    """Vault role of the jobs that write a dataset version."""
    return f"{dataset.domain}-{dataset.dataset.replace('_', '-')}-v{dataset.major}"


def contract_path(dataset: DatasetId) -> PurePosixPath:
    """Path of the contract below `data/contracts/`."""
    return PurePosixPath(dataset.domain, dataset.dataset, f"v{dataset.major}", CONTRACT_FILE)


def file_id(bucket: str, key: str, version_id: str) -> str:
    """Identity of one object version, the same for ever: 64 hexadecimal digits."""
    return hashlib.sha256("\0".join((bucket, key, version_id)).encode()).hexdigest()


def batch_prefix(dataset: DatasetId) -> str:
    """What every batch id of a dataset version starts with: `ecommerce-orders_v1-`."""
    return f"{dataset.domain}-{dataset.stem}-"


def batch_id(dataset: DatasetId, contract_hash: str, file_ids: list[str]) -> str:
    """Identity of an ordered set of files under one contract: the same set gives the same id."""
    content = "\0".join((str(dataset), contract_hash, *file_ids))
    return f"{batch_prefix(dataset)}{hashlib.sha256(content.encode()).hexdigest()[:20]}"


def batch_version(batch: str, rewrite: int) -> str:
    """The batch as its n-th rewrite left it: `<batch>~<n>`; its id alone before the first."""
    return f"{batch}~{rewrite}" if rewrite else batch


def parse_batch_version(text: str) -> tuple[str, int]:
    """Batch id and number of the rewrite, the inverse of `batch_version`."""
    batch, _, rewrite = text.partition("~")
    return batch, int(rewrite or 0)


def run_id(batch: str, attempt: int) -> str:
    """Airflow dag_run_id of the n-th run of a batch (n from 1)."""
    return f"{batch}__r{attempt}"
