"""The unit of work: atomic, scoped to one principal, and shielded from cancellation."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from database.authentication import Credentials
from models import TaskWorker, Team, Worker
from models.ids import new_id
from services.core import records
from services.core.changes import ChangeKind
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from tests.harness.statement_counter import StatementCounter
from tests.services.use_case_helpers import ChangeRecorder, UseCaseFailed, list_team_names, run_as_member
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import create_sample_data, fetch_table


async def test_failed_use_case_is_rolled_back(app_fixture: AppFixture) -> None:
    async def fail(work: UnitOfWork) -> Any:
        await records.create(work, Team, {"name": "Diggers"})
        await records.create(work, Worker, {"name": "Ada"})
        raise UseCaseFailed

    with pytest.raises(UseCaseFailed):
        await run_as_member(app_fixture.tenant, fail)
    assert (await list_team_names(app_fixture.tenant), await fetch_table(app_fixture.tenant, Worker)) == ([], [])


async def test_cancelled_request_still_completes_its_use_case(app_fixture: AppFixture) -> None:
    has_begun, may_continue = asyncio.Event(), asyncio.Event()

    async def slow(work: UnitOfWork) -> Any:
        await records.create(work, Team, {"name": "Diggers"})
        has_begun.set()
        await may_continue.wait()
        await records.create(work, Team, {"name": "Others"})

    request = asyncio.create_task(run_as_member(app_fixture.tenant, slow))
    await has_begun.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    may_continue.set()
    for _ in range(1000):
        if await list_team_names(app_fixture.tenant):
            break
        await asyncio.sleep(0.01)
    assert await list_team_names(app_fixture.tenant) == ["Diggers", "Others"]


async def test_rows_of_another_tenant_cannot_be_found_or_changed(app_fixture: AppFixture) -> None:
    foreign_team = await app_fixture.other_tenant.create(Team, name="Theirs")
    assert await run_as_member(app_fixture.tenant, lambda work: work.find_for_update(Team, foreign_team.id)) is None
    is_foreign: Any = Team.id == foreign_team.id
    await run_as_member(app_fixture.tenant, lambda work: work.update_all(Team, is_foreign, {}, name="Ours"))
    await run_as_member(app_fixture.tenant, lambda work: work.delete_all(Team, is_foreign))
    (row,) = await fetch_table(app_fixture.other_tenant, Team)
    assert (row["name"], row["version"]) == ("Theirs", 1)


async def test_tenant_id_of_new_rows_is_replaced_by_the_current_tenant(app_fixture: AppFixture) -> None:
    foreign_team = Team(tenant_id=app_fixture.other_tenant.id, name="Stray")
    await run_as_member(app_fixture.tenant, lambda work: work.add(foreign_team))
    assert (await list_team_names(app_fixture.tenant), await list_team_names(app_fixture.other_tenant)) == (
        ["Stray"],
        [],
    )


async def test_deleting_a_deleted_link_is_ignored(app_fixture: AppFixture) -> None:
    sample_data = await create_sample_data(app_fixture.tenant)
    recorder = ChangeRecorder()

    async def delete_twice(work: UnitOfWork) -> Any:
        for _ in range(2):
            await work.delete_all(TaskWorker, TaskWorker.task_id == sample_data.rows["task"][0].id)

    await run_as_member(app_fixture.tenant, delete_twice, recorder)
    assert recorder.kinds == [(ChangeKind.DELETED, "task_worker")] * 2


async def test_transaction_begins_with_authentication_unless_anonymous(
    app_fixture: AppFixture, statement_counter: StatementCounter
) -> None:
    with statement_counter:
        await run_as_member(app_fixture.tenant, lambda work: work.find_for_update(Team, new_id()))
    assert statement_counter.count == 2
    with statement_counter:
        await run_use_case(app_fixture.database, Credentials(), _do_nothing)
    assert statement_counter.count == 0


async def _do_nothing(_work: UnitOfWork) -> None:
    return None


async def test_failed_statement_rolls_back_the_unit_of_work(app_fixture: AppFixture) -> None:
    async def continue_after_failure(work: UnitOfWork) -> Any:
        await records.create(work, Team, {"name": "Diggers"})
        try:
            await work.rows(text("SELECT nonsense FROM nowhere"))
        except DBAPIError:
            raise UseCaseFailed from None

    with pytest.raises(UseCaseFailed):
        await run_as_member(app_fixture.tenant, continue_after_failure)
    assert await list_team_names(app_fixture.tenant) == []
