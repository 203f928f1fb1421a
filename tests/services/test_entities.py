"""Entities: each row is one object, what was done to it is sent, and nothing is written over what others did."""

import datetime
import subprocess
import sys
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, PendingRollbackError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import SQLModel

from models import Product, Task, TaskWorker, Team, Worker
from models.base import now
from models.ids import new_id
from models.relations import model_of, table_of
from queries.scope import visible
from server.checkout import CHECKOUT
from services import project, records, task, team
from services.changes import Kind
from services.entities import new_entity, values_of
from services.errors import Conflict, Refused
from services.unit_of_work import TRIES, Proceed, UnitOfWork
from tests.services.doing import Watcher, do, names
from tests.support.scene import make_scene, stored
from tests.support.world import World

TABLES: list[Any] = [model_of(name) for name in sorted(SQLModel.metadata.tables)]


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__tablename__)
def test_a_new_entity_is_what_the_constructor_makes(model: Any) -> None:
    given = {name: info.default for name, info in model.model_fields.items() if info.default is not None}
    known = {name: f"the {name}" for name, info in model.model_fields.items() if info.is_required()}
    made, expected = new_entity(model, known), model(**known)
    assert type(made) is model
    assert made.model_dump(warnings=False).keys() == expected.model_dump(warnings=False).keys()
    for name in given | known:
        if model.model_fields[name].default_factory is None:
            assert getattr(made, name) == getattr(expected, name)
    for name, info in model.model_fields.items():
        if info.default_factory is not None:
            assert type(getattr(made, name)) is type(getattr(expected, name))
    assert values_of(made).keys() == {column.name for column in table_of(model).c}


def test_two_new_entities_share_nothing() -> None:
    one, other = new_entity(Task, {"title": "One"}), new_entity(Task, {"title": "Other"})
    assert isinstance(one.id, UUID)
    assert one.id != other.id
    assert isinstance(one.created_at, datetime.datetime)


async def test_a_row_is_one_object_however_often_it_is_found(world: World) -> None:
    made = await world.here.team("Diggers")

    async def look(work: UnitOfWork) -> Any:
        found = await work.get(Team, made.id, "id")
        assert found is await work.get(Team, made.id, "id")
        assert found is (await records.locked(work, Team, [made.id]))[made.id]
        assert found is not made

    await do(world.here, look)


async def test_what_was_changed_in_bulk_shows_when_it_is_found_again(world: World) -> None:
    made = await world.here.team("Before")

    async def rename(work: UnitOfWork) -> Any:
        found = await work.get(Team, made.id, "id")
        await work.change_all(Team, table_of(Team).c.id == made.id, {"name": "Before"}, name="After")
        assert found.name == "Before"
        assert (await work.get(Team, made.id, "id")).name == "After"
        found.name = "Last"
        await work.flush()
        return found

    changed = await do(world.here, rename)
    assert (await names(world.here), changed.version) == (["Last"], 3)


async def test_what_was_not_sent_yet_is_not_lost_when_it_is_found_again(world: World) -> None:
    made = await world.here.team("Before")

    async def rename(work: UnitOfWork) -> Any:
        (await work.get(Team, made.id, "id")).name = "After"
        assert (await work.get(Team, made.id, "id")).name == "After"

    await do(world.here, rename)
    assert await names(world.here) == ["After"]


async def test_an_entity_is_still_changeable_in_the_use_case_that_created_it(world: World) -> None:
    watcher = Watcher()

    async def create(work: UnitOfWork) -> Any:
        made = await team.create_team(work, {"name": "Before"})
        assert made is await work.get(Team, made.id, "id")
        made.name = "After"
        return made

    made = await do(world.here, create, watcher)
    (row,) = await stored(world.here, Team)
    assert (row["name"], row["version"]) == ("After", 2)
    assert values_of(made) == row
    assert watcher.kinds == [(Kind.CREATED, "team"), (Kind.UPDATED, "team")]
    created, changed = watcher.changes
    assert created.after["updated_at"] == created.after["created_at"] == row["created_at"]
    assert (changed.before["name"], changed.after["name"]) == ("Before", "After")
    assert changed.after["updated_at"] == row["updated_at"] > row["created_at"]


async def test_an_entity_may_be_created_changed_and_deleted_at_once(world: World) -> None:
    watcher = Watcher()

    async def vanish(work: UnitOfWork) -> Any:
        made = await team.create_team(work, {"name": "Before"})
        made.name = "After"
        await work.delete(made)
        assert await work.find(Team, made.id) is None

    await do(world.here, vanish, watcher)
    assert await names(world.here) == []
    assert watcher.kinds == [(Kind.CREATED, "team"), (Kind.DELETED, "team")]


async def test_many_of_a_kind_are_created_changed_and_deleted_each_as_itself(world: World) -> None:
    prices = [Decimal(number) for number in range(1, 6)]

    async def create(work: UnitOfWork) -> Any:
        values = [{"name": f"Product {price}", "price": price, "stock": int(price)} for price in prices]
        made = [new_entity(Product, each) for each in values]
        await work.add(*made)
        for each in made[1:]:
            each.stock *= 10
        await work.flush()
        await work.delete(*made[:1])
        return made

    await do(world.here, create)
    rows = sorted(await stored(world.here, Product), key=lambda row: row["stock"])
    assert [(row["stock"], row["price"], row["version"]) for row in rows] == [
        (price * 10, price, 2) for price in prices if price > 1
    ]


async def test_what_is_sent_twice_is_written_once(world: World) -> None:
    made = await world.here.team("Before")

    async def rename(work: UnitOfWork) -> Any:
        (await work.get(Team, made.id, "id")).name = "After"
        await work.flush()
        await work.flush()

    await do(world.here, rename)
    assert [row["version"] for row in await stored(world.here, Team)] == [2]


@pytest.mark.parametrize("how", ["changed", "deleted"])
async def test_a_row_that_is_not_as_it_was_found_is_not_written_over(how: str, world: World) -> None:
    made = await world.here.team("Before")
    tries = 0

    async def overtaken(work: UnitOfWork) -> Any:
        nonlocal tries
        tries += 1
        found, table = await work.get(Team, made.id, "id"), table_of(Team)
        elsewhere = update(table).where(visible(table), table.c.id == made.id).values(version=table.c.version + 1)
        await work.rows(elsewhere.returning(table.c.id))
        if how == "deleted":
            await work.delete(found)
        found.name = "After"

    with pytest.raises(Conflict) as caught:
        await do(world.here, overtaken)
    assert isinstance(caught.value.__cause__, StaleDataError)
    assert (tries, await names(world.here)) == (TRIES, ["Before"])


async def test_a_link_has_no_version_and_can_be_deleted_by_itself(world: World) -> None:
    scene = await make_scene(world.here)
    ends = {"task_id": scene.tasks[0].id, "worker_id": scene.workers[0].id}

    async def unlink(work: UnitOfWork) -> Any:
        await work.delete(TaskWorker(tenant_id=world.here.tenant_id, **ends))

    before = await stored(world.here, TaskWorker)
    await do(world.here, unlink)
    after = await stored(world.here, TaskWorker)
    assert [row for row in before if row not in after] == [ends | {"tenant_id": world.here.tenant_id}]


async def test_values_of_all_kinds_come_back_as_they_were_written(world: World) -> None:
    made = await world.here.task("Dig", status="DONE", priority="LOW", due_date=datetime.date(2027, 2, 28))

    async def find(work: UnitOfWork) -> Any:
        return await work.get(Task, made.id, "id")

    found = await do(world.here, find)
    assert values_of(found) == values_of(made)
    assert found.created_at.tzinfo is not None
    assert type(found.status) is type(made.status)


# What has failed


async def test_nothing_is_kept_of_a_unit_in_which_a_statement_failed_even_if_a_hook_forgives(world: World) -> None:
    await world.here.team("Taken")

    async def forgive(work: UnitOfWork, proceed: Proceed) -> Any:
        await project.create_project(work, {"name": "Project"})
        try:
            return await proceed()
        except (Refused, IntegrityError):
            return "forgiven"

    async def collide(work: UnitOfWork) -> Any:
        return await team.create_team(work, {"name": "Taken"})

    with pytest.raises(PendingRollbackError):
        await do(world.here, collide, forgive)
    assert await names(world.here) == ["Taken"]
    await do(world.here, lambda work: team.create_team(work, {"name": "Other"}))
    assert await names(world.here) == ["Other", "Taken"]


async def test_every_missing_reference_is_told_by_its_field_and_the_first_of_them_first(world: World) -> None:
    made, nobody = await world.here.worker(), new_id()
    for given, field in (
        ({"assignee_id": nobody, "project_id": nobody}, "project_id"),
        ({"assignee_id": nobody}, "assignee_id"),
        ({"assignee_id": made.id, "project_id": nobody}, "project_id"),
    ):
        with pytest.raises(Refused) as caught:
            await do(world.here, lambda work, given=given: task.create_task(work, {"title": "Dig", **given}))  # type: ignore[misc]
        assert [problem.field for problem in caught.value.problems] == [("input", field)]
    assert await stored(world.here, Task) == []


async def test_what_is_empty_points_at_nothing_and_asks_for_nothing(world: World) -> None:
    made = await do(world.here, lambda work: task.create_task(work, {"title": "Dig", "assignee_id": None}))
    assert (made.assignee_id, made.project_id) == (None, None)
    assert made.created_at <= now()
    assert await stored(world.here, Worker) == []


def test_rows_become_entities_in_a_process_that_has_made_none() -> None:
    program = (
        "from models import Team; from services.entities import entity_of;"
        "team = entity_of(Team, {'id': 5, 'name': 'Diggers'}); team.name = 'Others'; print(team.id, team.name)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("5 Others\n", "")
