"""Fixtures of the change feed's tests."""

import pytest

from models.membership import Role
from tests.changes.follower import Follower, start
from tests.support.sample_data import SampleData


@pytest.fixture
async def follower(sample_data: SampleData) -> Follower:
    """A follower of the changes from now on, as an admin."""
    created = Follower(sample_data.tenant.client(Role.ADMIN))
    await start(created)
    return created
