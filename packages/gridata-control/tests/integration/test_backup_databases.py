"""Dumps of a real Postgres put where something else was: afterwards there is what the dump holds and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL

from gridata_contracts.errors import PermanentError, TransientError
from gridata_control.backup import database_objects
from gridata_control.backup.database_objects import clear, tables_with_rows
from gridata_control.backup.databases import dump, restore

pytestmark = pytest.mark.integration

KEPT = """
CREATE TYPE mood AS ENUM ('good');
CREATE TABLE "of :all %s" (id serial PRIMARY KEY, at mood);
INSERT INTO "of :all %s" (at) VALUES ('good')
"""
LATER = """
CREATE EXTENSION pg_trgm;
CREATE DOMAIN small AS int;
CREATE TABLE parent (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, one small) PARTITION BY RANGE (id);
CREATE TABLE child PARTITION OF parent FOR VALUES FROM (0) TO (9);
CREATE VIEW seen AS SELECT * FROM parent;
CREATE MATERIALIZED VIEW seen_once AS SELECT * FROM seen;
CREATE TABLE refers (id int REFERENCES "of :all %s" (id));
CREATE FUNCTION half(small) RETURNS small LANGUAGE sql AS 'SELECT $1 / 2';
CREATE TYPE pair AS (a small, b mood);
CREATE SEQUENCE alone;
CREATE SCHEMA other;
CREATE TABLE other.rows AS SELECT 1 AS id
"""
OBJECTS = """
SELECT nspname, kind, name FROM pg_namespace JOIN (
    SELECT relnamespace, relkind::text, relname FROM pg_class UNION ALL
    SELECT pronamespace, 'function', proname FROM pg_proc UNION ALL
    SELECT typnamespace, 'type', typname FROM pg_type
) AS there (of, kind, name) ON pg_namespace.oid = of
WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND name NOT LIKE '%gtrgm%'
  AND name NOT LIKE '%trgm%' AND name NOT LIKE '%similarity%' AND name NOT LIKE '%\\_limit'
ORDER BY 1, 2, 3
"""


def run(url: URL, statements: str) -> Any:
    engine = create_engine(url)
    with engine.begin() as connection:
        answer = connection.execute(text(statements.replace(":", r"\:")))
        rows = answer.fetchall() if answer.returns_rows else []
    engine.dispose()
    return rows


@pytest.fixture
def url(postgres_url: str) -> URL:
    return make_url(postgres_url)


def test_a_restored_database_has_what_the_dump_has_and_nothing_that_came_later(url: URL, tmp_path: Path) -> None:
    run(url, KEPT)
    dump("ledger", url, tmp_path / "dump")
    before = run(url, OBJECTS)
    run(url, LATER)
    assert len(run(url, OBJECTS)) > len(before) + 10

    restore("ledger", url, tmp_path / "dump")

    assert run(url, OBJECTS) == before
    assert run(url, 'SELECT * FROM "of :all %s"') == [(1, "good")]


def test_rows_of_any_schema_count_as_rows(url: URL) -> None:
    run(url, KEPT + ";" + LATER)

    assert sorted(tables_with_rows("ledger", url)) == ["of :all %s", "other.rows"]


def test_a_damaged_dump_leaves_what_is_there(url: URL, tmp_path: Path) -> None:
    run(url, KEPT)
    (tmp_path / "dump").write_bytes(b"rot")

    with pytest.raises(PermanentError, match="pg_restore ended with 1"):
        restore("ledger", url, tmp_path / "dump")
    assert tables_with_rows("ledger", url) == ["of :all %s"]


def test_what_somebody_uses_is_not_removed(url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    run(url, KEPT)
    monkeypatch.setattr(database_objects, "_LOCK_WAIT_S", 1)
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text(r'SELECT * FROM "of \:all %s"'))
        with pytest.raises(TransientError, match="somebody uses"):
            clear("ledger", url)
    engine.dispose()
    assert tables_with_rows("ledger", url) == ["of :all %s"]


def test_a_wrong_database_is_final(url: URL) -> None:
    with pytest.raises(PermanentError, match="GRIDATA_CATALOG_URI"):
        tables_with_rows("catalog", url.set(database="nobody_made_it"))
