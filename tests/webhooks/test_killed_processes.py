"""Deliveries to an unreliable receiver by processes that are killed: none is lost, and the order is right."""

import pytest

from tests.support.app_fixture import AppFixture
from tests.webhooks.receiver import Receiver
from tests.webhooks.unreliable import run

pytestmark = pytest.mark.slow


async def test_no_delivery_is_lost_and_the_order_is_right(
    app_fixture: AppFixture, database_url: str, receiver: Receiver
) -> None:
    await run(app_fixture, database_url, receiver, tasks=30, versions=3, kills=2)
