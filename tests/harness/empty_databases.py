"""pytest plugin with empty databases: `pytest_plugins = ["tests.harness.empty_databases"]`."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.harness.cluster_setup import APP_ROLE
from tests.harness.databases import sqlite_url

if TYPE_CHECKING:
    from tests.harness.cluster import Cluster

CreateDatabase = Callable[[], str]


@pytest.fixture
def create_empty_database(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CreateDatabase]:
    """A function that creates an empty database and returns its URL."""
    numbers = itertools.count()
    if engine_name == "sqlite":
        yield lambda: sqlite_url(tmp_path / f"empty{next(numbers)}.db")
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    created: list[str] = []

    def create() -> str:
        created.append(f"empty_{request.node.name.partition('[')[0][:40]}_{next(numbers)}")
        cluster.execute(f'CREATE DATABASE "{created[-1]}" OWNER {APP_ROLE}')
        return cluster.dsn(database=created[-1])

    yield create
    for name in created:
        cluster.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
