"""A server that hands its letters to a real mail server."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from server.settings import Settings, load_settings
from services.background import Background
from tests.support.post_office import PostOffice, opened
from tests.support.stage import SECRET

SENDER = "Allotment <post@allotment.test>"
SITE = "https://app.here.test"


@pytest.fixture
async def post_office() -> AsyncIterator[PostOffice]:
    """A mail server."""
    async with opened() as office:
        yield office


@pytest.fixture
def settings(database_url: str, post_office: PostOffice) -> Settings:
    """A server that hands its letters to that mail server."""
    return load_settings(
        None,
        environment="test",
        database_url=database_url,
        secret_key=SECRET,
        bcrypt_rounds=4,
        smtp_url=f"smtp://127.0.0.1:{post_office.port}",
        mail_from=SENDER,
        public_url=SITE,
    )


@pytest.fixture
def background(app: FastAPI) -> Background:
    """What is done after the answer."""
    found: Background = app.state.background
    return found
