"""The identity map: one object for each row, and updates that do not overwrite concurrent changes."""

import datetime
import subprocess
import sys
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, PendingRollbackError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import SQLModel

from models import Product, Project, Task, TaskWorker, Team, Worker
from models.base import utc_now
from models.ids import new_id
from models.relations import get_model, table_of
from queries.scope import visible
from server.config.paths import PROJECT_ROOT
from services.core import records
from services.core.changes import ChangeKind
from services.core.errors import Conflict, Rejected
from services.core.identity_map import build_new_entity, values_of
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import MAX_ATTEMPTS, Proceed
from tests.services.use_case_helpers import ChangeRecorder, list_team_names, run_as_member
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import create_sample_data, fetch_table

TABLES: list[Any] = [get_model(name) for name in sorted(SQLModel.metadata.tables)]


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__tablename__)
def test_build_new_entity_equals_the_constructors_result(model: Any) -> None:
    defaults = {name: info.default for name, info in model.model_fields.items() if info.default is not None}
    values = {name: f"the {name}" for name, info in model.model_fields.items() if info.is_required()}
    created, expected = build_new_entity(model, values), model(**values)
    assert type(created) is model
    assert created.model_dump(warnings=False).keys() == expected.model_dump(warnings=False).keys()
    for name in defaults | values:
        if model.model_fields[name].default_factory is None:
            assert getattr(created, name) == getattr(expected, name)
    for name, info in model.model_fields.items():
        if info.default_factory is not None:
            assert type(getattr(created, name)) is type(getattr(expected, name))
    assert values_of(created).keys() == {column.name for column in table_of(model).c}


def test_new_entities_do_not_share_values() -> None:
    first, second = build_new_entity(Task, {"title": "One"}), build_new_entity(Task, {"title": "Other"})
    assert isinstance(first.id, UUID)
    assert first.id != second.id
    assert isinstance(first.created_at, datetime.datetime)


async def test_row_is_loaded_as_one_object(app_fixture: AppFixture) -> None:
    created = await app_fixture.tenant.create(Team, name="Diggers")

    async def load_twice(work: UnitOfWork) -> Any:
        loaded = await work.get_for_update(Team, created.id, "id")
        assert loaded is await work.get_for_update(Team, created.id, "id")
        assert loaded is (await records.lock_rows(work, Team, [created.id]))[created.id]
        assert loaded is not created

    await run_as_member(app_fixture.tenant, load_twice)


async def test_bulk_update_is_visible_when_the_entity_is_loaded_again(app_fixture: AppFixture) -> None:
    created = await app_fixture.tenant.create(Team, name="Before")

    async def rename(work: UnitOfWork) -> Any:
        loaded = await work.get_for_update(Team, created.id, "id")
        await work.update_all(Team, table_of(Team).c.id == created.id, {"name": "Before"}, name="After")
        assert loaded.name == "Before"
        assert (await work.get_for_update(Team, created.id, "id")).name == "After"
        loaded.name = "Last"
        await work.flush()
        return loaded

    changed = await run_as_member(app_fixture.tenant, rename)
    assert (await list_team_names(app_fixture.tenant), changed.version) == (["Last"], 3)


async def test_pending_change_is_retained_when_the_entity_is_loaded_again(app_fixture: AppFixture) -> None:
    created = await app_fixture.tenant.create(Team, name="Before")

    async def rename(work: UnitOfWork) -> Any:
        (await work.get_for_update(Team, created.id, "id")).name = "After"
        assert (await work.get_for_update(Team, created.id, "id")).name == "After"

    await run_as_member(app_fixture.tenant, rename)
    assert await list_team_names(app_fixture.tenant) == ["After"]


async def test_new_entity_can_be_updated_in_the_same_use_case(app_fixture: AppFixture) -> None:
    recorder = ChangeRecorder()

    async def create(work: UnitOfWork) -> Any:
        created = await records.create(work, Team, {"name": "Before"})
        assert created is await work.get_for_update(Team, created.id, "id")
        created.name = "After"
        return created

    created = await run_as_member(app_fixture.tenant, create, recorder)
    (row,) = await fetch_table(app_fixture.tenant, Team)
    assert (row["name"], row["version"]) == ("After", 2)
    assert values_of(created) == row
    assert recorder.kinds == [(ChangeKind.CREATED, "team"), (ChangeKind.UPDATED, "team")]
    creation, update_change = recorder.changes
    assert creation.after["updated_at"] == creation.after["created_at"] == row["created_at"]
    assert (update_change.before["name"], update_change.after["name"]) == ("Before", "After")
    assert update_change.after["updated_at"] == row["updated_at"] > row["created_at"]


async def test_entity_can_be_created_changed_and_deleted_in_one_use_case(app_fixture: AppFixture) -> None:
    recorder = ChangeRecorder()

    async def create_and_delete(work: UnitOfWork) -> Any:
        created = await records.create(work, Team, {"name": "Before"})
        created.name = "After"
        await work.delete(created)
        assert await work.find_for_update(Team, created.id) is None

    await run_as_member(app_fixture.tenant, create_and_delete, recorder)
    assert await list_team_names(app_fixture.tenant) == []
    assert recorder.kinds == [(ChangeKind.CREATED, "team"), (ChangeKind.DELETED, "team")]


async def test_several_entities_are_created_changed_and_deleted_individually(app_fixture: AppFixture) -> None:
    prices = [Decimal(number) for number in range(1, 6)]

    async def create(work: UnitOfWork) -> Any:
        values = [{"name": f"Product {price}", "price": price, "stock": int(price)} for price in prices]
        created = [build_new_entity(Product, row) for row in values]
        await work.add(*created)
        for product in created[1:]:
            product.stock *= 10
        await work.flush()
        await work.delete(*created[:1])
        return created

    await run_as_member(app_fixture.tenant, create)
    rows = sorted(await fetch_table(app_fixture.tenant, Product), key=lambda row: row["stock"])
    assert [(row["stock"], row["price"], row["version"]) for row in rows] == [
        (price * 10, price, 2) for price in prices if price > 1
    ]


async def test_second_flush_writes_nothing(app_fixture: AppFixture) -> None:
    created = await app_fixture.tenant.create(Team, name="Before")

    async def rename(work: UnitOfWork) -> Any:
        (await work.get_for_update(Team, created.id, "id")).name = "After"
        await work.flush()
        await work.flush()

    await run_as_member(app_fixture.tenant, rename)
    assert [row["version"] for row in await fetch_table(app_fixture.tenant, Team)] == [2]


@pytest.mark.parametrize("concurrent_change", ["changed", "deleted"])
async def test_row_with_another_version_is_not_overwritten(concurrent_change: str, app_fixture: AppFixture) -> None:
    created = await app_fixture.tenant.create(Team, name="Before")
    attempts = 0

    async def overwrite(work: UnitOfWork) -> Any:
        nonlocal attempts
        attempts += 1
        loaded, table = await work.get_for_update(Team, created.id, "id"), table_of(Team)
        concurrent_update = (
            update(table).where(visible(table), table.c.id == created.id).values(version=table.c.version + 1)
        )
        await work.rows(concurrent_update.returning(table.c.id))
        if concurrent_change == "deleted":
            await work.delete(loaded)
        loaded.name = "After"

    with pytest.raises(Conflict) as raised:
        await run_as_member(app_fixture.tenant, overwrite)
    assert isinstance(raised.value.__cause__, StaleDataError)
    is_repeated = app_fixture.database.dialect == "postgresql"  # the optimistic one
    assert (attempts, await list_team_names(app_fixture.tenant)) == (MAX_ATTEMPTS + is_repeated, ["Before"])


async def test_link_without_version_can_be_deleted(app_fixture: AppFixture) -> None:
    sample_data = await create_sample_data(app_fixture.tenant)
    references = {"task_id": sample_data.rows["task"][0].id, "worker_id": sample_data.rows["worker"][0].id}

    async def unlink(work: UnitOfWork) -> Any:
        await work.delete(TaskWorker(tenant_id=app_fixture.tenant.id, **references))

    before = await fetch_table(app_fixture.tenant, TaskWorker)
    await run_as_member(app_fixture.tenant, unlink)
    after = await fetch_table(app_fixture.tenant, TaskWorker)
    assert [row for row in before if row not in after] == [references | {"tenant_id": app_fixture.tenant.id}]


async def test_values_of_all_types_are_loaded_as_written(app_fixture: AppFixture) -> None:
    created = await app_fixture.tenant.create(
        Task, title="Dig", status="DONE", priority="LOW", due_date=datetime.date(2027, 2, 28)
    )

    async def load(work: UnitOfWork) -> Any:
        return await work.get_for_update(Task, created.id, "id")

    loaded = await run_as_member(app_fixture.tenant, load)
    assert values_of(loaded) == values_of(created)
    assert loaded.created_at.tzinfo is not None
    assert type(loaded.status) is type(created.status)


# Failures


async def test_failed_statement_prevents_the_commit_even_if_a_hook_catches_it(
    app_fixture: AppFixture,
) -> None:
    await app_fixture.tenant.create(Team, name="Taken")

    async def catch_all(work: UnitOfWork, proceed: Proceed) -> Any:
        await records.create(work, Project, {"name": "Project"})
        try:
            return await proceed()
        except (Rejected, IntegrityError):
            return "caught"

    async def create_duplicate(work: UnitOfWork) -> Any:
        return await records.create(work, Team, {"name": "Taken"})

    with pytest.raises(PendingRollbackError):
        await run_as_member(app_fixture.tenant, create_duplicate, catch_all)
    assert await list_team_names(app_fixture.tenant) == ["Taken"]
    await run_as_member(app_fixture.tenant, lambda work: records.create(work, Team, {"name": "Other"}))
    assert await list_team_names(app_fixture.tenant) == ["Other", "Taken"]


async def test_missing_reference_is_reported_at_its_field(
    app_fixture: AppFixture,
) -> None:
    created, missing_id = await app_fixture.tenant.create(Worker), new_id()
    for values, *fields in (
        ({"assignee_id": missing_id, "project_id": missing_id}, "project_id", "assignee_id"),
        ({"assignee_id": missing_id}, "assignee_id"),
        ({"assignee_id": created.id, "project_id": missing_id}, "project_id"),
    ):
        create_task = partial(records.create, model=Task, values={"title": "Dig", **values})
        with pytest.raises(Rejected) as raised:
            await run_as_member(app_fixture.tenant, create_task)
        assert [problem.field for problem in raised.value.problems] == [("input", field) for field in fields]
    assert await fetch_table(app_fixture.tenant, Task) == []


async def test_null_reference_is_not_checked(app_fixture: AppFixture) -> None:
    created = await run_as_member(
        app_fixture.tenant, lambda work: records.create(work, Task, {"title": "Dig", "assignee_id": None})
    )
    assert (created.assignee_id, created.project_id) == (None, None)
    assert created.created_at <= utc_now()
    assert await fetch_table(app_fixture.tenant, Worker) == []


def test_build_entity_works_before_any_constructor_was_called() -> None:
    program = (
        "from models import Team; from services.core.identity_map import build_entity;"
        "team = build_entity(Team, {'id': 5, 'name': 'Diggers'}); team.name = 'Others'; print(team.id, team.name)"
    )
    completed = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert (completed.stdout, completed.stderr) == ("5 Others\n", "")
