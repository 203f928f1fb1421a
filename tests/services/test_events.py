"""The event store: streams grow in order, one writer at a time, with what they are about."""

import asyncio
import datetime

import pytest

from models import Event, Team
from models.base import now
from models.ids import new_id, public_id
from models.membership import Role
from queries.caller import Caller
from services import events, team
from services.errors import Conflict
from services.unit_of_work import TRIES, UnitOfWork, perform
from tests.services.doing import Failed, UseCase, Watcher, do, names
from tests.services.streams import OPENED, append, credited, stream
from tests.support.scene import stored
from tests.support.world import World

# Appending


async def test_events_are_read_as_they_were_appended(world: World) -> None:
    id, more = new_id(), [credited("0.01"), credited("99999999999999.9999")]
    assert await append(world.here, id, OPENED) == 1
    assert await append(world.here, id, *more) == 3
    found = await stream(world.here, id)
    assert [each.data for each in found] == [OPENED, *more]
    assert [each.version for each in found] == [1, 2, 3]
    assert [each.created_at for each in found] == sorted(each.created_at for each in found)


async def test_a_stream_is_read_from_a_version_and_up_to_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "PAGE", 2)
    id = new_id()
    for _ in range(5):
        await append(world.here, id, credited())
    found = await stream(world.here, id)
    assert [each.version for each in found] == [1, 2, 3, 4, 5]
    assert await stream(world.here, id, after=3) == found[3:]
    assert await stream(world.here, id, until=found[2].created_at) == found[:3]
    before = found[0].created_at - datetime.timedelta(microseconds=1)
    assert await stream(world.here, id, until=before) == []


async def test_an_event_says_who_did_it_in_which_request(world: World) -> None:
    user = world.here.users[Role.ADMIN].id
    caller = Caller(user, "here", request_id="request-1")
    id = new_id()
    await perform(world.database.writing, caller, lambda work: events.append(work, "account", id, OPENED))
    (row,) = await stored(world.here, Event)
    assert row["meta"] == {"actor": public_id("user", user), "requestId": "request-1"}
    assert (row["type"], row["schema_version"], row["data"]) == ("AccountOpened", 1, OPENED.written())


async def test_an_event_is_never_older_than_the_one_before(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    id, tomorrow = new_id(), now() + datetime.timedelta(days=1)
    monkeypatch.setattr(events, "now", lambda: tomorrow)
    await append(world.here, id, OPENED)
    monkeypatch.undo()
    await append(world.here, id, credited())
    assert [each.created_at for each in await stream(world.here, id)] == [tomorrow, tomorrow]


async def test_positions_grow_across_streams_and_tenants(world: World) -> None:
    for plot in (world.here, world.there, world.here):
        await append(plot, new_id(), OPENED, credited())
    rows = [*await stored(world.here, Event), *await stored(world.there, Event)]
    rows.sort(key=lambda row: row["id"].int)
    positions = [row["position"] for row in rows]
    assert positions == sorted(set(positions))
    assert len(positions) == 6
    transactions = {row["transaction_id"] for row in rows}
    assert transactions == {None} if world.database.dialect == "sqlite" else len(transactions) == 3


async def test_an_event_of_another_kind_of_stream_is_a_mistake(world: World) -> None:
    with pytest.raises(ValueError, match="not about any task"):
        await do(world.here, lambda work: events.append(work, "task", new_id(), OPENED))


# With what they are about, or not at all


async def test_events_and_what_they_are_about_are_written_together(world: World) -> None:
    async def both(work: UnitOfWork, *, fail: bool) -> None:
        made = await team.create_team(work, {"name": "Diggers"})
        await events.append(work, "account", made.id, OPENED)
        if fail:
            raise Failed

    with pytest.raises(Failed):
        await do(world.here, lambda work: both(work, fail=True))
    assert (await stored(world.here, Event), await names(world.here)) == ([], [])
    watcher = Watcher()
    await do(world.here, lambda work: both(work, fail=False), watcher)
    assert (len(await stored(world.here, Event)), await names(world.here)) == (1, ["Diggers"])
    assert [table for _, table in watcher.kinds] == ["team"]


# Two at once


@pytest.mark.parametrize("expected", [0, 2, 100])
async def test_a_stream_that_is_elsewhere_is_not_appended_to(expected: int, world: World) -> None:
    id = new_id()
    assert await append(world.here, id, OPENED, expected_version=0) == 1
    with pytest.raises(Conflict):
        await append(world.here, id, credited(), expected_version=expected)
    assert await append(world.here, id, credited(), expected_version=1) == 2
    assert len(await stream(world.here, id)) == 2


@pytest.mark.only("postgresql")
async def test_who_is_overtaken_does_it_again_and_comes_after(world: World) -> None:
    """Nothing is locked here but the stream itself: both read its head before either appends."""
    id, met = new_id(), asyncio.Barrier(2)

    def appending(number: int) -> UseCase:
        barriers = [met]

        async def use_case(work: UnitOfWork) -> int:
            await events._head(work, "account", id)  # noqa: SLF001 -- both have looked before either goes on
            if barriers:
                await barriers.pop().wait()
            return await events.append(work, "account", id, credited(f"{number}.00"))

        return use_case

    async with asyncio.timeout(20):
        done = await asyncio.gather(*(do(world.here, appending(number)) for number in range(2)))
    assert sorted(done) == [1, 2]


async def test_twenty_at_once_leave_a_stream_without_gaps(world: World) -> None:
    id = new_id()
    async with asyncio.timeout(60):
        done = await asyncio.gather(*(append(world.here, id, credited()) for _ in range(20)), return_exceptions=True)
    versions = sorted(each for each in done if isinstance(each, int))
    assert all(isinstance(each, int | Conflict) for each in done)  # who loses again and again gives up
    assert len(versions) >= TRIES
    assert [each.version for each in await stream(world.here, id)] == versions == [*range(1, len(versions) + 1)]


async def test_nobody_sees_the_streams_of_another_tenant(world: World) -> None:
    id = new_id()
    await append(world.there, id, OPENED)
    assert await stream(world.here, id) == []
    assert await append(world.here, id, OPENED, expected_version=0) == 1
    assert len(await stream(world.there, id)) == 1
    assert await stored(world.here, Team) == []
