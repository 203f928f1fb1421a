"""The command line on the test's database."""

import pytest

from tests.support.command_line import CommandRunner, command_runner


@pytest.fixture
def allotment(database_url: str) -> CommandRunner:
    """The command line on a migrated, empty database, on SQLite and on PostgreSQL."""
    return command_runner(database_url)
