"""Databases besides the migrated one that every test may have."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlmodel import SQLModel

import models  # noqa: F401  (registers the tables)
from tests.checks.inventory import read
from tests.harness.build import APP_ROLE
from tests.harness.databases import sqlite_url

if TYPE_CHECKING:
    from tests.harness.cluster import Cluster

MakeDatabase = Callable[[], str]


@pytest.fixture
def empty_database(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeDatabase]:
    """Makes databases with nothing in them."""
    numbers = itertools.count()
    if engine_name == "sqlite":
        yield lambda: sqlite_url(tmp_path / f"empty{next(numbers)}.db")
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    made: list[str] = []

    def make() -> str:
        made.append(f"empty_{request.node.name.partition('[')[0][:40]}_{next(numbers)}")
        cluster.execute(f'CREATE DATABASE "{made[-1]}" OWNER {APP_ROLE}')
        return cluster.dsn(database=made[-1])

    yield make
    for name in made:
        cluster.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def modelled_url(empty_database: MakeDatabase) -> str:
    """A database as the models would have it, made without migrations."""
    url = empty_database()
    read(url, SQLModel.metadata.create_all)
    return url
