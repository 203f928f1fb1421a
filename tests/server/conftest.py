"""Fixtures of the server's tests."""

import pytest

from tests.server.raw_client import RawClient
from tests.support.app_fixture import AppFixture
from tests.support.configured_app import OpenApp, app_opener


@pytest.fixture
def raw_client(app_fixture: AppFixture) -> RawClient:
    """A client that sends raw requests."""
    return RawClient(app_fixture)


@pytest.fixture
def open_app(database_url: str) -> OpenApp:
    """A function that creates an application with hooks and settings that are given."""
    return app_opener(database_url)
