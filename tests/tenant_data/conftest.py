"""Tenants with rows in every table, the command line, and a second, empty database on either engine."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import allotment
from tests.harness.databases import Migrate, PostgresDatabases, SqliteDatabases
from tests.harness.session_directory import SessionDirectory
from tests.support.command_line import CommandRunner, command_runner
from tests.tenancy.conftest import tenant_rows, tenants

if TYPE_CHECKING:
    from tests.harness.cluster import Cluster

__all__ = ["allotment", "tenant_rows", "tenants"]
OpenDatabase = Callable[[str], str]


@pytest.fixture
def create_empty(
    migrate: Migrate, session_directory: SessionDirectory, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[OpenDatabase]:
    """Create an empty, migrated database on the engine with this name, and return its URL."""
    created: list[tuple[PostgresDatabases, str]] = []

    def create(engine: str) -> str:
        if engine == "sqlite":
            folder = tmp_path / f"empty{len(created)}"
            folder.mkdir(exist_ok=True)
            return SqliteDatabases(session_directory, migrate).create(folder)
        cluster: Cluster = request.getfixturevalue("cluster")
        created.append((databases := PostgresDatabases(cluster, migrate), databases.create()))
        return created[-1][1]

    yield create
    for databases, url in created:
        databases.drop(url)
        databases.close()


@pytest.fixture
def other_engine(engine_name: str) -> str:
    """The name of the engine that the test's database is not on."""
    return {"sqlite": "postgresql", "postgresql": "sqlite"}[engine_name]


@pytest.fixture
def other_url(create_empty: OpenDatabase, other_engine: str) -> str:
    """An empty, migrated database on the other engine."""
    return create_empty(other_engine)


@pytest.fixture
def other_allotment(other_url: str) -> CommandRunner:
    """The command line on the empty database of the other engine."""
    return command_runner(other_url)
