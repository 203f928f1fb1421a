"""Commands with the URL of a worker of Citus instead of the coordinator."""

from contextlib import closing

import pytest

from tests.harness.external_server import find_worker_url
from tests.harness.sync_connection import SyncConnection
from tests.support.command_line import command_runner

pytestmark = [pytest.mark.any_server, pytest.mark.only("postgresql")]
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"


@pytest.fixture
def worker_url(database_url: str) -> str:
    """The URL of the database of the tests on a worker."""
    return find_worker_url()


@pytest.mark.parametrize(
    "command",
    [("migrate",), ("migrate", "--plan"), ("distribute",), ("serve", "--port", "0"), ("doctor",)],
)
def test_commands_refuse_a_worker(worker_url: str, command: tuple[str, ...]) -> None:
    with closing(SyncConnection(worker_url)) as connection:
        before = connection.fetch_value(TABLES)
        result = command_runner(worker_url)(*command)
        assert connection.fetch_value(TABLES) == before
    assert (result.exit_code, "Set DATABASE_URL to the coordinator" in result.output) == (1, True), result.output
