"""Fixtures of an application that sends emails through an SMTP server."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from server.config.settings import Settings
from services.core.background import BackgroundTasks
from tests.support.settings import build_settings
from tests.support.smtp_server import SmtpServer, run_smtp_server

SENDER = "Allotment <noreply@allotment.test>"
SITE = "https://app.here.test"


@pytest.fixture
async def smtp_server() -> AsyncIterator[SmtpServer]:
    """An SMTP server that stores received emails."""
    async with run_smtp_server() as server:
        yield server


@pytest.fixture
def settings(database_url: str, smtp_server: SmtpServer) -> Settings:
    """Settings with that SMTP server."""
    return build_settings(
        database_url,
        smtp_url=f"smtp://127.0.0.1:{smtp_server.port}",
        mail_from=SENDER,
        public_url=SITE,
    )


@pytest.fixture
def background_tasks(app: FastAPI) -> BackgroundTasks:
    """The tasks that run after the response."""
    background_tasks: BackgroundTasks = app.state.background
    return background_tasks
