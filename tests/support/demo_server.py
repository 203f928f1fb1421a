"""pytest plugin with a running server of the demo data: `pytest_plugins = ["tests.support.demo_server"]`."""

from collections.abc import Iterator

import pytest

from tests.support.server_process import ServerProcess


@pytest.fixture(scope="session")
def demo_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of the database of the session's server, on SQLite."""
    return f"sqlite:///{tmp_path_factory.mktemp('demo-server') / 'demo.db'}"


@pytest.fixture(scope="session")
def demo_server(demo_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of the session's server in development mode, with the demo data."""
    with ServerProcess(tmp_path_factory.mktemp("demo-server-log"), demo_database, "--demo") as server:
        yield server.url
