"""Followers of a database that is restored into another cluster, or continued by a promoted replica."""

from collections.abc import Iterator

import pytest

from models.membership import Role
from tests.changes.follower import Follower, start, summarize
from tests.harness.cluster import Cluster
from tests.harness.cluster_setup import APP_ROLE
from tests.harness.databases import Migrate, PostgresDatabases, database_name
from tests.support import documents
from tests.support.app_fixture import AppFixture
from tests.support.private_app import open_app_fixture, reopen

pytestmark = pytest.mark.slow
USE_TRANSACTION_IDS = "DO $$ BEGIN FOR i IN 1..5000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"


@pytest.fixture
def primary() -> Iterator[Cluster]:
    """A cluster with a replica, which the test may stop and promote."""
    with Cluster(replicas=1) as cluster:
        yield cluster


@pytest.fixture
def other_cluster() -> Iterator[Cluster]:
    """A new cluster, whose transaction ids are smaller."""
    with Cluster(replicas=0) as cluster:
        yield cluster


def create_database(cluster: Cluster, migrate: Migrate) -> str:
    """Create a migrated database, and return its URL."""
    databases = PostgresDatabases(cluster, migrate)
    url = databases.create()
    databases.close()
    return url


async def create_tasks(app_fixture: AppFixture, count: int) -> list[str]:
    """Create tasks, and return their ids."""
    client = app_fixture.tenant.client(Role.ADMIN)
    responses = [await client(documents.create("Task"), input={"title": f"Task {n}"}) for n in range(count)]
    return [response.payload("createTask")["task"]["id"] for response in responses]


def follower_of(app_fixture: AppFixture, cursor: str | None = None) -> Follower:
    """Return a follower with pages of two changes."""
    return Follower(app_fixture.tenant.client(Role.ADMIN), cursor, size=2)


async def assert_followed_once(app_fixture: AppFixture, middle: Follower, newest: Follower, old: list[str]) -> None:
    """Create tasks in the new epoch. Assert that followers with cursors from the middle of the old one and from its
    end receive what they lack, once and in order, and that the feed has all changes from the beginning."""
    continued = [follower_of(app_fixture, follower.cursor) for follower in (middle, newest)]
    new = await create_tasks(app_fixture, 4)
    expected = [("TASK", id, "CREATED") for id in (*old, *new)]
    assert summarize(await continued[1].follow_until(4)) == expected[-4:]
    lacking = expected[len(middle.received) :]
    assert summarize(await continued[0].follow_until(len(lacking))) == lacking
    everything = summarize(await follower_of(app_fixture).follow_all())
    assert everything[-len(expected) :] == expected


async def follow_partly(app_fixture: AppFixture) -> tuple[list[str], Follower, Follower]:
    """Create six tasks. Return their ids, and followers that have received the first two and all of them."""
    middle, newest = follower_of(app_fixture), follower_of(app_fixture)
    await start(middle, newest)
    ids = await create_tasks(app_fixture, 6)
    await newest.follow_until(6)
    await middle.next_page()
    assert len(middle.received) == 2
    return ids, middle, newest


async def test_restore_of_a_dump_into_a_younger_cluster(
    primary: Cluster, other_cluster: Cluster, migrate: Migrate
) -> None:
    primary.execute(USE_TRANSACTION_IDS)
    url = create_database(primary, migrate)
    async with open_app_fixture(url) as app_fixture:
        ids, middle, newest = await follow_partly(app_fixture)
    name = database_name(url)
    other_cluster.execute(f'CREATE DATABASE "{name}" OWNER {APP_ROLE}')
    primary.copy_database(name, other_cluster)
    async with reopen(app_fixture, other_cluster.dsn(database=name)) as restored:
        # Before the cluster writes for the first time, everything is visible already.
        assert summarize(await follower_of(restored, middle.cursor).follow_all()) == [
            ("TASK", id, "CREATED") for id in ids[2:]
        ]
        await assert_followed_once(restored, middle, newest, ids)


async def test_promoted_replica(primary: Cluster, migrate: Migrate) -> None:
    url = create_database(primary, migrate)
    async with open_app_fixture(url) as app_fixture:
        ids, middle, newest = await follow_partly(app_fixture)
    primary.wait_replayed()
    primary.kill()
    primary.promote()
    async with reopen(app_fixture, primary.dsn(1, database_name(url))) as promoted:
        await assert_followed_once(promoted, middle, newest, ids)


async def test_promoted_replica_that_lacks_the_last_transactions(primary: Cluster, migrate: Migrate) -> None:
    """Their ids are used again. What a follower has received of them is lost; everything later is received once."""
    url = create_database(primary, migrate)
    async with open_app_fixture(url) as app_fixture:
        ids, middle, newest = await follow_partly(app_fixture)
        primary.wait_replayed()
        primary.kill(1)
        await create_tasks(app_fixture, 3)
        await newest.follow_until(9)
    primary.kill()
    primary.resume(1)
    primary.promote()
    async with reopen(app_fixture, primary.dsn(1, database_name(url))) as promoted:
        await assert_followed_once(promoted, middle, newest, ids)


async def test_cursor_of_a_diverging_history_has_expired(
    primary: Cluster, other_cluster: Cluster, migrate: Migrate
) -> None:
    url = create_database(primary, migrate)
    name = database_name(url)
    async with open_app_fixture(url) as app_fixture:
        other_cluster.execute(f'CREATE DATABASE "{name}" OWNER {APP_ROLE}')
        primary.copy_database(name, other_cluster)
        async with reopen(app_fixture, other_cluster.dsn(database=name)) as copy:
            await create_tasks(copy, 1)
            follower = follower_of(copy)
            await start(follower)
        response = await follower_of(app_fixture, follower.cursor).request()
        assert response.error_codes == ["CURSOR_EXPIRED"]
