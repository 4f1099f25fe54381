"""What a backup tells PostgreSQL's programs, and what it makes of their words, with programs that only write down."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import make_url

from gridata_contracts.errors import PermanentError, TransientError, UsageError
from gridata_control.backup import programs
from gridata_control.backup.database_objects import tables_with_rows
from gridata_control.backup.databases import databases_of, dump
from gridata_control.settings import Settings

URL = make_url("postgresql+psycopg2://me:s3cret@db:5433/shop?sslmode=require")


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pg_dump that does what the test writes into it."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path / "pg_dump"


def write(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)


@pytest.mark.parametrize(
    "url", ["postgresql://me:s3cret@db:5433/shop", "postgresql://db:5433/shop?user=me&password=s3cret&sslmode=require"]
)
def test_no_password_is_among_the_arguments_wherever_the_url_has_it(program: Path, tmp_path: Path, url: str) -> None:
    write(program, f'echo "$@" > {tmp_path}/words; cat "$PGSERVICEFILE" > {tmp_path}/told; env > {tmp_path}/env')

    dump("ledger", make_url(url), tmp_path / "dump")

    assert "s3cret" not in (tmp_path / "words").read_text()
    told = (tmp_path / "told").read_text().splitlines()
    assert told[0] == "[gridata]"
    assert {"host=db", "port=5433", "dbname=shop", "user=me"} <= set(told)
    assert "PGPASSWORD=s3cret" in (tmp_path / "env").read_text().splitlines()


def test_a_program_that_hangs_is_ended(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(program, "exec sleep 60")
    monkeypatch.setattr(programs, "TIMEOUT_S", 0.2)

    with pytest.raises(TransientError, match=r"pg_dump was not done after 0\.2 s"):
        dump("ledger", URL, tmp_path / "dump")


ANSWERS = [
    ('connection to server at "db", port 5433 failed: Connection refused', TransientError),
    ('could not translate host name "db" to address: Temporary failure in name resolution', TransientError),
    ("query failed: SSL connection has been closed unexpectedly", TransientError),
    ('connection to server at "db" failed: FATAL:  the database system is starting up', TransientError),
    ('connection to server at "db" failed: FATAL:  sorry, too many clients already', TransientError),
    ('connection to server at "db" failed: FATAL:  password authentication failed for user "me"', PermanentError),
    ('connection to server at "db" failed: FATAL:  database "shop" does not exist', PermanentError),
    ("aborting because of server version mismatch", PermanentError),
]


@pytest.mark.parametrize(("said", "kind"), ANSWERS)
@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("ledger", "GRIDATA_LEDGER_URL"),
        ("catalog", "GRIDATA_CATALOG_URI"),
        ("airflow", "GRIDATA_BACKUP_DATABASES"),
    ],
)
def test_a_wrong_password_is_final_and_names_its_setting_and_a_server_that_starts_is_asked_again(
    program: Path, tmp_path: Path, said: str, kind: type[Exception], name: str, setting: str
) -> None:
    (tmp_path / "said").write_text(f"pg_dump: error: {said}\n")
    write(program, f"cat {tmp_path}/said >&2; exit 1")

    with pytest.raises(kind, match=setting) as caught:
        dump(name, URL, tmp_path / "dump")
    assert said in str(caught.value)


def test_a_row_that_a_program_shows_is_not_repeated(program: Path, tmp_path: Path) -> None:
    (tmp_path / "said").write_text(
        "pg_dump: while PROCESSING TOC:\n"
        'pg_dump: error: COPY failed for table "orders": ERROR:  invalid input syntax for type int: "ann@x.example"\n'
        'CONTEXT:  COPY orders, line 1, column id: "ann@x.example"\n'
        "DETAIL:  Key (id)=(ann@x.example) already exists.\n"
    )
    write(program, f"cat {tmp_path}/said >&2; exit 1")

    with pytest.raises(PermanentError, match='COPY failed for table "orders"') as caught:
        dump("ledger", URL, tmp_path / "dump")
    assert "ann@" not in str(caught.value)


@pytest.mark.parametrize(
    "lines", ["ledger postgresql://db/x", "catalog postgresql://db/x", "a postgresql://db/x\na postgresql://db/y"]
)
def test_a_further_database_takes_no_name_that_is_taken(tmp_path: Path, lines: str) -> None:
    settings = Settings.load(environ={"GRIDATA_HOME": str(tmp_path)})
    with pytest.raises(UsageError, match=rf"got the name {lines.split(maxsplit=1)[0]}, allowed one that is neither"):
        databases_of(settings, {"GRIDATA_BACKUP_DATABASES": f"\n\n{lines}"})


@pytest.mark.parametrize("where", ["127.0.0.1:1", "nobody.invalid"])
def test_a_database_that_is_not_there_is_asked_again(where: str) -> None:
    with pytest.raises(TransientError, match="GRIDATA_LEDGER_URL"):
        tables_with_rows("ledger", make_url(f"postgresql+psycopg2://me@{where}/x"))
