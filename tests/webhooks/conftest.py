"""Fixtures of the tests of webhooks: a receiver, and the dispatcher of the application."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from models.membership import Role
from server.background_work import BackgroundWork
from server.config.settings import Settings
from tests.support.app_fixture import AppFixture
from tests.support.client import Client
from tests.support.email_capture import EmailCapture
from tests.support.settings import build_settings
from tests.webhooks.hooks import WebhookFixture
from tests.webhooks.receiver import Receiver, open_receiver


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings with which deliveries to this machine are permitted, and repeated soon."""
    return build_settings(
        database_url,
        db_pool_size=5,
        webhook_allow_private="127.0.0.0/8",
        webhook_retry_seconds="0.05,0.05,0.1",
        webhook_timeout=1,
    )


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that accepts all deliveries."""
    async with open_receiver() as opened:
        yield opened


@pytest.fixture
async def work(app: FastAPI, settings: Settings, app_fixture: AppFixture) -> AsyncIterator[BackgroundWork]:
    """The background work of the application; its dispatcher delivers."""
    created = BackgroundWork(settings, app.state.services, app.state.turns)
    app.state.services.webhooks.wake.listener = created.dispatcher.wake
    created.dispatcher.start()
    yield created
    app.state.services.webhooks.wake.listener = None
    await created.close()


@pytest.fixture
def hooks(work: BackgroundWork, app_fixture: AppFixture, receiver: Receiver) -> WebhookFixture:
    """Creates webhooks to the receiver, and changes."""
    return WebhookFixture(work, app_fixture, receiver)


@pytest.fixture
def admin(app_fixture: AppFixture) -> Client:
    """A client of the tenant's admin."""
    return app_fixture.tenant.client(Role.ADMIN)


@pytest.fixture
def email_capture(app: FastAPI, caplog: pytest.LogCaptureFixture) -> EmailCapture:
    """Captures the emails that the application sends."""
    return EmailCapture(app, caplog)
