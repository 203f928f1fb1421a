"""The command line on a database of the test's own."""

import pytest

from tests.support.command_line import Allotment, on


@pytest.fixture
def allotment(database_url: str) -> Allotment:
    """On a migrated, empty database; on SQLite and on PostgreSQL."""
    return on(database_url)
