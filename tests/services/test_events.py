"""The event store: ordered streams, concurrent appends, and atomicity with the changes they record."""

import asyncio
import datetime

import pytest

from database.authentication import Credentials
from models import Event, Team
from models.base import utc_now
from models.ids import new_id, public_id
from models.membership import Role
from services.core import events, records
from services.core.errors import Conflict
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import MAX_ATTEMPTS, run_use_case
from tests.services.event_streams import ACCOUNT_OPENED, append_as_member, build_credited, read_stream
from tests.services.use_case_helpers import ChangeRecorder, UseCase, UseCaseFailed, list_team_names, run_as_member
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import fetch_table

# Appending


async def test_events_are_loaded_in_the_order_of_appending(app_fixture: AppFixture) -> None:
    id, credits = new_id(), [build_credited("0.01"), build_credited("99999999999999.9999")]
    assert await append_as_member(app_fixture.tenant, id, ACCOUNT_OPENED) == 1
    assert await append_as_member(app_fixture.tenant, id, *credits) == 3
    loaded = await read_stream(app_fixture.tenant, id)
    assert [event.data for event in loaded] == [ACCOUNT_OPENED, *credits]
    assert [event.version for event in loaded] == [1, 2, 3]
    assert [event.created_at for event in loaded] == sorted(event.created_at for event in loaded)


async def test_stream_is_loaded_after_a_version_and_up_to_a_time(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PAGE_SIZE", 2)
    id = new_id()
    for _ in range(5):
        await append_as_member(app_fixture.tenant, id, build_credited())
    loaded = await read_stream(app_fixture.tenant, id)
    assert [event.version for event in loaded] == [1, 2, 3, 4, 5]
    assert await read_stream(app_fixture.tenant, id, after=3) == loaded[3:]
    assert await read_stream(app_fixture.tenant, id, until=loaded[2].created_at) == loaded[:3]
    before = loaded[0].created_at - datetime.timedelta(microseconds=1)
    assert await read_stream(app_fixture.tenant, id, until=before) == []


@pytest.mark.any_server
async def test_events_are_appended_to_many_streams(app_fixture: AppFixture) -> None:
    ids, credits = [new_id(), new_id()], [build_credited(f"0.0{n}") for n in range(1, 5)]
    await append_as_member(app_fixture.tenant, ids[0], ACCOUNT_OPENED)
    pairs = [(ids[0], credits[0]), (ids[1], credits[1]), (ids[0], credits[2]), (ids[1], credits[3])]
    await run_as_member(app_fixture.tenant, lambda work: events.append_to_streams(work, "account", pairs))
    first, second = [await read_stream(app_fixture.tenant, id) for id in ids]
    assert [(event.version, event.data) for event in first] == [(1, ACCOUNT_OPENED), (2, credits[0]), (3, credits[2])]
    assert [(event.version, event.data) for event in second] == [(1, credits[1]), (2, credits[3])]
    assert first[2].created_at >= first[1].created_at >= first[0].created_at


async def test_event_records_principal_and_request_id(app_fixture: AppFixture) -> None:
    user = app_fixture.tenant.users[Role.ADMIN].id
    credentials = Credentials(user, "here", request_id="request-1")
    id = new_id()
    await run_use_case(
        app_fixture.database, credentials, lambda work: events.append_events(work, "account", id, ACCOUNT_OPENED)
    )
    (row,) = await fetch_table(app_fixture.tenant, Event)
    assert row["meta"] == {"actor": public_id("user", user), "requestId": "request-1"}
    assert (row["type"], row["schema_version"], row["data"]) == ("AccountOpened", 1, ACCOUNT_OPENED.to_json())


async def test_event_is_never_older_than_the_previous_one(
    app_fixture: AppFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, tomorrow = new_id(), utc_now() + datetime.timedelta(days=1)
    monkeypatch.setattr(events, "utc_now", lambda: tomorrow)
    await append_as_member(app_fixture.tenant, id, ACCOUNT_OPENED)
    monkeypatch.undo()
    await append_as_member(app_fixture.tenant, id, build_credited())
    assert [event.created_at for event in await read_stream(app_fixture.tenant, id)] == [tomorrow, tomorrow]


async def test_positions_increase_across_streams_and_tenants(app_fixture: AppFixture) -> None:
    for tenant in (app_fixture.tenant, app_fixture.other_tenant, app_fixture.tenant):
        await append_as_member(tenant, new_id(), ACCOUNT_OPENED, build_credited())
    rows = [*await fetch_table(app_fixture.tenant, Event), *await fetch_table(app_fixture.other_tenant, Event)]
    rows.sort(key=lambda row: row["id"].int)
    positions = [row["position"] for row in rows]
    assert positions == sorted(set(positions))
    assert len(positions) == 6
    transactions = {row["log_transaction"] for row in rows}
    assert transactions == {0} if app_fixture.database.dialect == "sqlite" else len(transactions) == 3
    assert len({row["epoch"] for row in rows}) == 1


async def test_event_of_another_stream_type_is_an_error(app_fixture: AppFixture) -> None:
    with pytest.raises(ValueError, match="stream of type task"):
        await run_as_member(
            app_fixture.tenant, lambda work: events.append_events(work, "task", new_id(), ACCOUNT_OPENED)
        )


# Atomicity


@pytest.mark.any_server
async def test_events_and_changes_are_committed_together(app_fixture: AppFixture) -> None:
    async def create_team_and_append(work: UnitOfWork, *, fail: bool) -> None:
        created_team = await records.create(work, Team, {"name": "Diggers"})
        await events.append_events(work, "account", created_team.id, ACCOUNT_OPENED)
        if fail:
            raise UseCaseFailed

    with pytest.raises(UseCaseFailed):
        await run_as_member(app_fixture.tenant, lambda work: create_team_and_append(work, fail=True))
    assert (await fetch_table(app_fixture.tenant, Event), await list_team_names(app_fixture.tenant)) == ([], [])
    recorder = ChangeRecorder()
    await run_as_member(app_fixture.tenant, lambda work: create_team_and_append(work, fail=False), recorder)
    assert (len(await fetch_table(app_fixture.tenant, Event)), await list_team_names(app_fixture.tenant)) == (
        1,
        ["Diggers"],
    )
    assert [table for _, table in recorder.kinds] == ["team"]


# Concurrency


@pytest.mark.parametrize("expected", [0, 2, 100])
async def test_append_with_wrong_expected_version_is_rejected(expected: int, app_fixture: AppFixture) -> None:
    id = new_id()
    assert await append_as_member(app_fixture.tenant, id, ACCOUNT_OPENED, expected_version=0) == 1
    with pytest.raises(Conflict):
        await append_as_member(app_fixture.tenant, id, build_credited(), expected_version=expected)
    assert await append_as_member(app_fixture.tenant, id, build_credited(), expected_version=1) == 2
    assert len(await read_stream(app_fixture.tenant, id)) == 2


@pytest.mark.any_server
@pytest.mark.only("postgresql")
async def test_concurrent_append_is_retried(app_fixture: AppFixture) -> None:
    """Nothing else is locked: both read the stream's head before either appends."""
    id, both_have_read = new_id(), asyncio.Barrier(2)

    def append_use_case(number: int) -> UseCase:
        barriers = [both_have_read]

        async def use_case(work: UnitOfWork) -> int:
            await events._stream_head(work, "account", id)  # noqa: SLF001 -- both read the head before either appends
            if barriers:
                await barriers.pop().wait()
            return await events.append_events(work, "account", id, build_credited(f"{number}.00"))

        return use_case

    async with asyncio.timeout(20):
        results = await asyncio.gather(
            *(run_as_member(app_fixture.tenant, append_use_case(number)) for number in range(2))
        )
    assert sorted(results) == [1, 2]


@pytest.mark.any_server
async def test_concurrent_appends_leave_no_gaps(app_fixture: AppFixture) -> None:
    id = new_id()
    async with asyncio.timeout(60):
        results = await asyncio.gather(
            *(append_as_member(app_fixture.tenant, id, build_credited()) for _ in range(20)), return_exceptions=True
        )
    versions = sorted(result for result in results if isinstance(result, int))
    assert all(isinstance(result, int | Conflict) for result in results)  # Conflict after the last attempt
    assert len(versions) >= MAX_ATTEMPTS
    assert (
        [event.version for event in await read_stream(app_fixture.tenant, id)]
        == versions
        == [*range(1, len(versions) + 1)]
    )


async def test_streams_of_another_tenant_are_not_visible(app_fixture: AppFixture) -> None:
    id = new_id()
    await append_as_member(app_fixture.other_tenant, id, ACCOUNT_OPENED)
    assert await read_stream(app_fixture.tenant, id) == []
    assert await append_as_member(app_fixture.tenant, id, ACCOUNT_OPENED, expected_version=0) == 1
    assert len(await read_stream(app_fixture.other_tenant, id)) == 1
    assert await fetch_table(app_fixture.tenant, Team) == []
