"""pytest plugin with a running server of the demo data: `pytest_plugins = ["tests.support.demo_server"]`."""

from collections.abc import Iterator

import pytest

from tests.support.server_process import ServerProcess


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Base URL of the session's server in development mode, with the demo data on SQLite."""
    folder = tmp_path_factory.mktemp("demo-server")
    with ServerProcess(folder, f"sqlite:///{folder / 'demo.db'}", "--demo") as server:
        yield server.url
