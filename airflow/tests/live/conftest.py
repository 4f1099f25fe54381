"""A Postgres for the running Airflows, as in every installation: each gets a database of its own."""

from collections.abc import Iterator

import pytest
from servers.postgres import Postgres, postgres


@pytest.fixture(scope="session")
def database_server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server
