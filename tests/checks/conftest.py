"""Databases that are empty or created from the models, instead of migrated."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlmodel import SQLModel

import models  # noqa: F401  (registers the tables)
from tests.checks.db_inventory import run_in_database
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


@pytest.fixture
def model_database_url(create_empty_database: CreateDatabase) -> str:
    """The URL of a database that was created from the models, without migrations."""
    url = create_empty_database()
    run_in_database(url, SQLModel.metadata.create_all)
    return url
