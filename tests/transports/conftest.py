"""Fixtures of the tests of all transports."""

import pytest

from tests.support.configured_app import OpenApp, app_opener


@pytest.fixture
def open_app(database_url: str) -> OpenApp:
    """A function that creates an application with hooks and settings that are given."""
    return app_opener(database_url)
