"""Hooks of use cases: the changes they see, what they can do, and after-commit callbacks."""

import logging
from typing import Any

import pytest
from sqlalchemy.orm.exc import StaleDataError

from models import Project, Task, Team, Worker
from services.core import records
from services.core.changes import ChangeKind
from services.core.errors import Rejected
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import Hook, Proceed
from services.work import task
from tests.services.use_case_helpers import (
    ChangeRecorder,
    UseCaseFailed,
    after_commit_recorder,
    create_team_use_case,
    list_team_names,
    run_as_member,
)
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import create_sample_data, fetch_table


async def test_hook_sees_created_row_as_stored(app_fixture: AppFixture) -> None:
    recorder = ChangeRecorder()
    created: Team = await run_as_member(app_fixture.tenant, create_team_use_case(), recorder)
    (change,) = recorder.changes
    (row,) = await fetch_table(app_fixture.tenant, Team)
    assert (change.kind, change.table) == (ChangeKind.CREATED, "team")
    assert change.key == {"tenant_id": app_fixture.tenant.id, "id": created.id}
    assert (change.before, change.after) == ({}, row)


async def test_hook_sees_old_and_new_values_of_an_update(app_fixture: AppFixture) -> None:
    created = await app_fixture.tenant.create(Task, title="Before", description="Same", due_date=None)
    values = {"title": "After", "description": "Same", "due_date": None}
    recorder = ChangeRecorder()
    changed: Task = await run_as_member(
        app_fixture.tenant, lambda work: records.update(work, Task, created.id, values, None), recorder
    )
    (change,) = recorder.changes
    assert (change.kind, change.key["id"]) == (ChangeKind.UPDATED, created.id)
    before, after = (
        {name: value for name, value in values.items() if name != "version"} for values in (change.before, change.after)
    )
    assert before == {"title": "Before", "updated_at": created.updated_at}
    assert after == {"title": "After", "updated_at": changed.updated_at}


async def test_hook_sees_no_change_if_all_values_are_the_same(app_fixture: AppFixture) -> None:
    created = await app_fixture.tenant.create(Task, title="Same")
    recorder = ChangeRecorder()
    await run_as_member(
        app_fixture.tenant, lambda work: records.update(work, Task, created.id, {"title": "Same"}, None), recorder
    )
    assert recorder.changes == []


async def test_hook_sees_deleted_row_and_its_cleared_references(app_fixture: AppFixture) -> None:
    sample_data = await create_sample_data(app_fixture.tenant)
    deleted_worker = sample_data.rows["worker"][0]
    rows = {row["id"]: row for row in await fetch_table(app_fixture.tenant, Worker)}
    recorder = ChangeRecorder()
    await run_as_member(
        app_fixture.tenant, lambda work: records.delete(work, Worker, deleted_worker.id, None), recorder
    )
    assert recorder.kinds == [
        *[(ChangeKind.UPDATED, "task")] * 3,
        *[(ChangeKind.DELETED, "task_worker")] * 3,
        (ChangeKind.DELETED, "worker"),
    ]
    cleared = {change.key["id"]: (change.before, change.after) for change in recorder.changes[:3]}
    assert cleared == {
        row.id: ({"assignee_id": deleted_worker.id}, {"assignee_id": None}) for row in sample_data.rows["task"]
    }
    links = [change.before for change in recorder.changes[3:6]]
    references = {"tenant_id": app_fixture.tenant.id, "worker_id": deleted_worker.id}
    assert sorted(links, key=str) == sorted(
        ({"task_id": row.id} | references for row in sample_data.rows["task"]), key=str
    )
    assert (recorder.changes[-1].before, recorder.changes[-1].after) == (rows[deleted_worker.id], {})


async def test_hook_sees_created_and_deleted_links(app_fixture: AppFixture) -> None:
    sample_data = await create_sample_data(app_fixture.tenant)
    recorder = ChangeRecorder()
    all_worker_ids = [row.id for row in sample_data.rows["worker"]]
    for use_case, kinds in (
        (task.assign_workers, [(ChangeKind.CREATED, "task_worker")]),
        (task.assign_workers, []),
        (task.unassign_workers, [(ChangeKind.DELETED, "task_worker")] * 3),
        (task.unassign_workers, []),
    ):
        await run_as_member(
            app_fixture.tenant,
            lambda work, use_case=use_case: use_case(work, sample_data.rows["task"][0].id, all_worker_ids),  # type: ignore[misc]
            recorder,
        )
        assert recorder.kinds == kinds


async def test_hook_writes_in_the_same_transaction(app_fixture: AppFixture) -> None:
    async def create_project(work: UnitOfWork, proceed: Proceed) -> Any:
        result = await proceed()
        await records.create(work, Project, {"name": f"For {result.name}"})
        return result

    await run_as_member(app_fixture.tenant, create_team_use_case(), create_project)
    assert [row["name"] for row in await fetch_table(app_fixture.tenant, Project)] == ["For Diggers"]
    with pytest.raises(Rejected):
        await run_as_member(app_fixture.tenant, create_team_use_case("Others"), create_project, create_project)
    assert await list_team_names(app_fixture.tenant) == ["Diggers"]
    assert [row["name"] for row in await fetch_table(app_fixture.tenant, Project)] == ["For Diggers"]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_failing_hook_rolls_back_the_use_case(when: str, app_fixture: AppFixture) -> None:
    async def fail(work: UnitOfWork, proceed: Proceed) -> Any:
        if when == "after":
            await proceed()
            await records.create(work, Project, {"name": "Project"})
        raise UseCaseFailed

    recorded: list[str] = []
    with pytest.raises(UseCaseFailed):
        await run_as_member(
            app_fixture.tenant,
            create_team_use_case(),
            after_commit_recorder(recorded, "outer"),
            fail,
            after_commit_recorder(recorded, "inner"),
        )
    assert (await list_team_names(app_fixture.tenant), await fetch_table(app_fixture.tenant, Project), recorded) == (
        [],
        [],
        [],
    )
    await run_as_member(app_fixture.tenant, create_team_use_case())
    assert await list_team_names(app_fixture.tenant) == ["Diggers"]


async def test_hooks_are_nested_in_order(app_fixture: AppFixture) -> None:
    calls: list[str] = []

    def order_recorder(name: str) -> Hook:
        async def hook(work: UnitOfWork, proceed: Proceed) -> Any:
            calls.append(f"{name} before {len(work.changes)}")
            result = await proceed()
            calls.append(f"{name} after {len(work.changes)}")
            return result

        return hook

    await run_as_member(
        app_fixture.tenant,
        create_team_use_case(),
        order_recorder("first"),
        order_recorder("second"),
        order_recorder("third"),
    )
    before, after = ["first before 0", "second before 0", "third before 0"], ["third after 1", "second after 1"]
    assert calls == [*before, *after, "first after 1"]


async def test_pending_changes_are_flushed_before_hooks_continue(app_fixture: AppFixture) -> None:
    recorder = ChangeRecorder()

    async def rename(work: UnitOfWork) -> Any:
        renamed_team = await work.get_for_update(Team, created.id, "id")
        renamed_team.name = "Renamed"
        return renamed_team

    created: Team = await run_as_member(app_fixture.tenant, create_team_use_case())
    await run_as_member(app_fixture.tenant, rename, recorder)
    assert recorder.kinds == [(ChangeKind.UPDATED, "team")]
    assert await list_team_names(app_fixture.tenant) == ["Renamed"]


async def test_hook_can_return_a_result_instead_of_the_use_case(app_fixture: AppFixture) -> None:
    async def return_instead(work: UnitOfWork, proceed: Proceed) -> Any:
        await records.create(work, Project, {"name": "Instead"})
        return "Instead"

    assert (
        await run_as_member(app_fixture.tenant, create_team_use_case(), return_instead, ChangeRecorder()) == "Instead"
    )
    assert await list_team_names(app_fixture.tenant) == []
    assert [row["name"] for row in await fetch_table(app_fixture.tenant, Project)] == ["Instead"]


async def test_hook_can_replace_the_result_and_catch_a_rejection(app_fixture: AppFixture) -> None:
    async def catch_rejection(work: UnitOfWork, proceed: Proceed) -> Any:
        try:
            return (await proceed()).name
        except Rejected as rejected:
            return rejected.problems[0].code

    assert await run_as_member(app_fixture.tenant, create_team_use_case(), catch_rejection) == "Diggers"
    assert await run_as_member(app_fixture.tenant, create_team_use_case(" "), catch_rejection) == "TOO_SHORT"


# After the commit


async def test_after_commit_callbacks_run_when_changes_are_visible(app_fixture: AppFixture) -> None:
    visible_names: list[list[str]] = []

    async def record_visible_names(work: UnitOfWork, proceed: Proceed) -> Any:
        async def record_names() -> None:
            visible_names.append(await list_team_names(app_fixture.tenant))

        work.after_commit += [record_names, record_names]
        return await proceed()

    await run_as_member(app_fixture.tenant, create_team_use_case(), record_visible_names)
    assert visible_names == [["Diggers"], ["Diggers"]]


async def test_after_commit_callbacks_do_not_run_without_a_commit(app_fixture: AppFixture) -> None:
    recorded: list[str] = []
    with pytest.raises(Rejected):
        await run_as_member(app_fixture.tenant, create_team_use_case(" "), after_commit_recorder(recorded, "rejected"))
    with pytest.raises(UseCaseFailed):
        await run_as_member(app_fixture.tenant, _failing, after_commit_recorder(recorded, "failed"))
    assert recorded == []


async def _failing(_work: UnitOfWork) -> Any:
    raise UseCaseFailed


async def test_failing_after_commit_callback_is_logged_and_does_not_affect_the_result(
    app_fixture: AppFixture, caplog: pytest.LogCaptureFixture
) -> None:
    recorded: list[str] = []

    async def fail(work: UnitOfWork, proceed: Proceed) -> Any:
        work.after_commit.append(_raise_stale_data_error)
        return await proceed()

    with caplog.at_level(logging.ERROR, "allotment"):
        assert (
            await run_as_member(
                app_fixture.tenant, create_team_use_case(), fail, after_commit_recorder(recorded, "next")
            )
        ).name == "Diggers"
    assert (recorded, await list_team_names(app_fixture.tenant)) == (["next"], ["Diggers"])
    assert [record.exc_info is not None for record in caplog.records] == [True]


async def _raise_stale_data_error() -> None:
    raise StaleDataError  # before the commit, this would cause a retry
