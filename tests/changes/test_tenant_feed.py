"""The feed that all followers of a tenant share: refreshing it, and its failures."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from database.abort import StatementTimeout
from database.outage import DatabaseUnavailable
from models import Project
from services.core import tenant_feed
from services.core.change_feed import ChangePage
from services.core.tenant_feed import Follower, TenantFeed
from tests.support.app_fixture import AppFixture

pytestmark = pytest.mark.only("sqlite")


class FailingFeed(TenantFeed):
    """A feed whose reads fail while an error is set."""

    error: Exception | None = None
    reads = 0

    async def read_page(self, cursor: Any) -> ChangePage:
        self.reads += 1
        if self.error is not None:
            raise self.error
        return await super().read_page(cursor)


@pytest.fixture
async def feed(app_fixture: AppFixture) -> AsyncIterator[FailingFeed]:
    """The feed of the tenant, which is followed."""
    created = FailingFeed(app_fixture.database, app_fixture.tenant.id, timedelta(days=30))
    task = asyncio.create_task(created.follow())
    yield created
    task.cancel()


async def test_refresh_reads_all_pages(
    feed: FailingFeed, app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tenant_feed, "PAGE_SIZE", 2)
    await feed.refresh()
    for _ in range(7):
        await app_fixture.tenant.create(Project)
    follower = Follower(feed, await feed.refresh(), is_verified=True)
    reading = asyncio.create_task(follower.read())
    await asyncio.wait([reading], timeout=0.05)
    assert not reading.done() or not reading.result()
    reading.cancel()


@pytest.mark.parametrize("error", [DatabaseUnavailable("No connection."), StatementTimeout(1)])
async def test_refresh_raises_the_error_of_the_read(feed: FailingFeed, error: Exception) -> None:
    await feed.refresh()
    feed.error = error
    with pytest.raises(type(error)):
        await feed.refresh()


async def test_followers_wait_while_the_feed_cannot_be_read(feed: FailingFeed, app_fixture: AppFixture) -> None:
    follower = Follower(feed, await feed.refresh(), is_verified=True)
    feed.error = StatementTimeout(1)
    feed.reads = 0
    await app_fixture.tenant.create(Project)
    reading = asyncio.create_task(follower.read())
    await asyncio.sleep(0.1)
    assert feed.reads <= 2
    feed.error = None
    while not (changes := await reading):
        reading = asyncio.create_task(follower.read())
    assert [change.noun for change in changes] == ["Project"]
