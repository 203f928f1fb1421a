"""A running server with the demo data, as a plugin: `pytest_plugins = ["tests.support.demo_server"]`."""

from collections.abc import Iterator

import pytest

from tests.support.server_process import ServerProcess


@pytest.fixture(scope="session")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server of this session's own, in development mode, with the demo data on SQLite."""
    folder = tmp_path_factory.mktemp("demo-server")
    with ServerProcess(folder, f"sqlite:///{folder / 'demo.db'}", "--demo") as server:
        yield server.url
