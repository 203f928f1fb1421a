"""Fixtures of the server's tests."""

import pytest

from tests.server.raw_client import RawClient
from tests.support.app_fixture import AppFixture


@pytest.fixture
def raw_client(app_fixture: AppFixture) -> RawClient:
    """A client that sends raw requests."""
    return RawClient(app_fixture)
