"""10,000 deliveries to a receiver that fails, hangs, redirects, answers slowly or garbage, by processes that are killed
twenty times: none is lost, and the changes of each object arrive in order."""

from collections.abc import AsyncIterator
from time import monotonic

import pytest

from server.config.settings import Settings
from tests.support.app_fixture import AppFixture
from tests.support.settings import build_settings
from tests.webhooks.receiver import Receiver, open_receiver
from tests.webhooks.unreliable import run

pytestmark = pytest.mark.long

TASKS, VERSIONS, KILLS = 2000, 5, 20


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings that permit webhooks to this machine."""
    return build_settings(database_url, db_pool_size=5, webhook_allow_private="127.0.0.0/8")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on a free port."""
    async with open_receiver() as opened:
        yield opened


async def test_no_delivery_is_lost(app_fixture: AppFixture, database_url: str, receiver: Receiver) -> None:
    started_at = monotonic()
    received = await run(app_fixture, database_url, receiver, TASKS, VERSIONS, KILLS)
    print(f"{TASKS * VERSIONS:,} changes, {received:,} attempts, {monotonic() - started_at:.0f} s")
