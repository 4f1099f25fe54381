"""What a set-up Vault gives to jobs: credentials of the store, logins at the database."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg2
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from sqlalchemy import make_url

pytestmark = pytest.mark.integration

SQL = Path(__file__).parents[5] / "policies" / "postgres" / "vault.sql"
PASSWORD = "handed-over-once"


@pytest.fixture(scope="module")
def issuer(make_bench: Callable[..., Any]) -> Any:
    """A Vault that gives one job tokens for the store's policy `readonly`."""
    bench = make_bench()
    role = {"key": "gridata", "client_id": "minio", "ttl": "5m", "template": '{"policy": "readonly"}'}
    bench.lay_over({"config": {"identity/oidc/role/step": role}})
    bench.run()
    return bench


@pytest.fixture(scope="module")
def store(issuer: Any, start_minio: Callable[..., Any]) -> Any:
    discovery = f"{issuer.server.address}/v1/identity/oidc/.well-known/openid-configuration"
    server = start_minio(
        {
            "MINIO_IDENTITY_OPENID_CONFIG_URL": discovery,
            "MINIO_IDENTITY_OPENID_CLIENT_ID": "minio",
            "MINIO_IDENTITY_OPENID_CLAIM_NAME": "policy",
        }
    )
    server.make_bucket("landing")
    server.client.put_object(Bucket="landing", Key="a", Body=b"1")
    return server


@pytest.fixture
def as_job(issuer: Any) -> Any:
    """Vault as somebody with an entity, which a token for the store needs, and one policy."""
    root = issuer.as_(issuer.root())
    root.write("sys/policies/acl/test-job", {"policy": 'path "identity/oidc/token/step" { capabilities = ["read"] }'})
    role = {"bound_service_account_names": "step", "bound_service_account_namespaces": "jobs", "audience": "vault",
            "alias_name_source": "serviceaccount_name", "token_policies": "test-job"}  # fmt: skip
    root.write("auth/kubernetes/role/test-job", role)
    return root


def test_the_store_takes_a_token_of_vault_for_its_policy_and_no_more(
    issuer: Any, store: Any, as_job: Any, cluster: Any
) -> None:
    jwt = cluster.token("jobs", "step")
    login = issuer.as_(None).write("auth/kubernetes/login", {"role": "test-job", "jwt": jwt})
    token = issuer.as_(login["client_token"]).read("identity/oidc/token/step")["token"]

    given = _sts(store).assume_role_with_web_identity(
        RoleArn="arn:minio:iam:::role/ignored", RoleSessionName="step", WebIdentityToken=token
    )["Credentials"]
    client = boto3.client(
        "s3", endpoint_url=store.endpoint, region_name="us-east-1", aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"], aws_session_token=given["SessionToken"],
    )  # fmt: skip

    assert client.get_object(Bucket="landing", Key="a")["Body"].read() == b"1"
    with pytest.raises(ClientError, match="AccessDenied"):
        client.put_object(Bucket="landing", Key="b", Body=b"2")


def test_the_store_refuses_a_token_of_another_vault(store: Any, bench: Any) -> None:
    token = bench.signed_token("forged", client_id="minio", template='{"policy": "consoleAdmin"}')

    with pytest.raises(ClientError, match=r"InvalidParameterValue|AccessDenied|InvalidIdentityToken"):
        _sts(store).assume_role_with_web_identity(
            RoleArn="arn:minio:iam:::role/ignored", RoleSessionName="step", WebIdentityToken=token
        )


@pytest.fixture(scope="module")
def database(postgres_server: Any) -> Iterator[Any]:
    """A database with tables, where Vault's login and what it makes need their passwords."""
    url = make_url(postgres_server.make_database())
    environment = os.environ | {"GRIDATA_VAULT_DATABASE_PASSWORD": PASSWORD}
    plain = url.set(drivername="postgresql").render_as_string()
    command = [str(_bin() / "psql"), "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--dbname={plain}", f"--file={SQL}"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    connection = psycopg2.connect(plain)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE iceberg_tables (name text); CREATE TABLE files (id text)")
        cursor.execute(
            "GRANT SELECT, INSERT, UPDATE ON iceberg_tables TO gridata_catalog; GRANT SELECT ON files TO gridata_ledger"
        )
        cursor.execute("SHOW hba_file")
        path = cursor.fetchone()[0]
        rules = ["host all gridata_vault,+gridata_catalog,+gridata_ledger 127.0.0.1/32 scram-sha-256",
                 "host all all 127.0.0.1/32 trust"]  # fmt: skip
        cursor.execute("COPY (SELECT unnest(%s)) TO %s", (rules, path))
        cursor.execute("SELECT pg_reload_conf()")
    yield url
    connection.close()


@pytest.fixture(scope="module")
def connected(make_bench: Callable[..., Any], database: Any, cluster: Any) -> Any:
    """A Vault whose second run was handed the database's login."""
    bench = make_bench()
    address = (
        f"postgresql://{{{{username}}}}:{{{{password}}}}@127.0.0.1:{database.port}/{database.database}?sslmode=disable"
    )
    fields = {
        "plugin_name": "postgresql-database-plugin",
        "connection_url": address,
        "allowed_roles": ["catalog", "ledger"],
    }
    bench.lay_over({"database": {"postgres": fields}})
    bench.run()
    login = {"GRIDATA_VAULT_DATABASE_USER": "gridata_vault", "GRIDATA_VAULT_DATABASE_PASSWORD": PASSWORD}
    done = bench.run(bench.as_service_account(cluster, **login))
    assert [(each.outcome, each.detail) for each in done.changes if each.kind == "database"] == [("made", "")]
    return bench


def test_a_login_of_the_catalog_reads_the_catalog_and_not_the_ledger(connected: Any, database: Any) -> None:
    given = connected.as_(connected.root()).read("database/creds/catalog")

    with psycopg2.connect(**_place(database), user=given["username"], password=given["password"]) as connection:
        cursor = connection.cursor()
        cursor.execute("INSERT INTO iceberg_tables VALUES ('t')")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("SELECT * FROM files")


def test_a_revoked_login_is_gone(connected: Any, database: Any) -> None:
    root = connected.as_(connected.root())
    given = root.read("database/creds/ledger")
    root.write("sys/leases/revoke-prefix/database/creds/ledger", {"sync": True})

    with pytest.raises(psycopg2.OperationalError, match=r"authentication failed|does not exist"):
        psycopg2.connect(**_place(database), user=given["username"], password=given["password"])


def test_the_password_that_was_handed_over_no_longer_counts(connected: Any, database: Any) -> None:
    with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
        psycopg2.connect(**_place(database), user="gridata_vault", password=PASSWORD)


def test_a_connection_that_drifted_is_mended_without_its_password(connected: Any, database: Any) -> None:
    root = connected.as_(connected.root())
    root.write("database/config/postgres", {"allowed_roles": ["*"], "verify_connection": False})

    done = connected.run()

    assert [(each.outcome, each.detail) for each in done.changes if each.kind == "database"] == [
        ("mended", "allowed_roles")
    ]
    given = connected.as_(connected.root()).read("database/creds/ledger")
    psycopg2.connect(**_place(database), user=given["username"], password=given["password"]).close()


def test_a_database_that_is_not_there_is_waited_for_and_its_password_is_not_shown(
    make_bench: Callable[..., Any],
) -> None:
    bench = make_bench()
    url = "postgresql://{{username}}:{{password}}@127.0.0.1:1/none?sslmode=disable"
    bench.lay_over({"database": {"postgres": {"plugin_name": "postgresql-database-plugin", "connection_url": url}}})
    login = {"GRIDATA_VAULT_DATABASE_USER": "gridata_vault", "GRIDATA_VAULT_DATABASE_PASSWORD": PASSWORD}

    done = bench.run(bench.with_(**login))

    (change,) = (each for each in done.changes if each.kind == "database")
    assert change.outcome == "waits"
    assert PASSWORD not in repr(done)
    assert PASSWORD not in repr(bench.with_(**login))
    assert change.detail.endswith("InvalidRequest: connection refused.")
    assert PASSWORD not in (bench.server.folder / "audit.log").read_text()
    assert bench.as_(bench.root()).read("database/config/postgres") is None


def _place(url: Any) -> dict[str, Any]:
    return {"host": url.host, "port": url.port, "dbname": url.database}


def _sts(store: Any) -> Any:
    return boto3.client(
        "sts", endpoint_url=store.endpoint, region_name="us-east-1", config=Config(signature_version=UNSIGNED)
    )


def _bin() -> Path:
    from servers.postgres import binaries  # type: ignore[import-not-found]  # put on the path by the fixtures

    found: Path = binaries()
    return found
