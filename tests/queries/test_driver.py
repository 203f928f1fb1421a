"""Reading through the driver: the same values as through SQLAlchemy, compiled once, heard by whoever listens."""

import logging
from typing import Any

import pytest
from sqlalchemy import select, text

from models import Membership, Project, Task, Team, Tenant, User, Worker
from models.relations import table_of
from models.task import TaskStatus
from queries.conditions import Compare
from queries.lists import Ask, by_id, listed
from queries.prepared import prepared
from queries.reader import Reader
from queries.scope import visible
from server.database import Database
from tests.queries.garden import GARDEN
from tests.support.world import World

pytestmark = pytest.mark.only("postgresql")
MODELS: tuple[Any, ...] = (Membership, Project, Task, Team, Tenant, User, Worker)


async def test_rows_are_as_sqlalchemy_has_them(planted: World, reader: Reader, database: Database) -> None:
    for model in MODELS:
        statement = listed(model, Ask(size=100))
        rows = await reader.rows(statement)
        names = [str(column.key) for column in statement.selected_columns]
        parameters = (await reader.actor()).parameters
        async with database.writing.connect() as connection:
            await connection.execute(
                text("SELECT set_config('app.tenant_id', :tenant, true)"), {"tenant": str(parameters["tenant"])}
            )
            expected = (await connection.execute(statement, parameters)).all()
        assert len(rows) > 0
        assert [_values(row, names) for row in rows] == [_values(row, names) for row in expected]
        assert all(isinstance(value, TaskStatus) for row in rows if model is Task for value in [row.status])


async def test_what_lies_in_rows_is_what_their_attributes_say(planted: World, reader: Reader) -> None:
    for model in MODELS:
        for row in await reader.rows(listed(model, Ask(size=100))):
            layout = type(row).__layout__
            assert "id" in layout
            for name, (place, meanings) in layout.items():
                stored = row[place]
                assert getattr(row, name) == (stored if meanings is None else meanings[stored])
    assert prepared(listed(Task, Ask())).row.__layout__["status"][1]["TODO"] is TaskStatus.TODO


def _values(row: Any, names: list[str]) -> list[Any]:
    return [getattr(row, name) for name in names]


def test_a_statement_is_compiled_once() -> None:
    statement = by_id(Task)
    assert by_id(Task) is statement
    assert prepared(statement) is prepared(statement)
    assert listed(Task, Ask(size=3)) is listed(Task, Ask(size=3))
    assert listed(Task, Ask(size=3)) is not listed(Task, Ask(size=4))


def test_large_questions_are_not_remembered() -> None:
    small, large = (Compare("title", "in", ("x" * length,) * 10) for length in (10, 200))
    assert listed(Task, Ask(where=small)) is listed(Task, Ask(where=small))
    assert listed(Task, Ask(where=large)) is not listed(Task, Ask(where=large))


def test_rows_of_the_same_columns_are_of_one_class() -> None:
    rows = {prepared(listed(Task, Ask(size=size))).row for size in (3, 4, 5)}
    assert len(rows) == 1


def test_places_are_open_for_what_is_known_later_only() -> None:
    task = table_of(Task)
    ready = prepared(select(task.c.id).where(visible(task), task.c.title.in_(["a", "b"]), task.c.status == "DONE"))
    assert sorted(name for _, name in ready.open) == ["tenant"]
    assert sorted(value for value in ready.values if value is not None) == ["DONE", "a", "b"]
    assert "x" in ready.arguments({"tenant": "x", "user": "y"})


async def test_lists_of_values_are_found(planted: World, reader: Reader) -> None:
    wanted = {task.title for task in GARDEN.tasks[:2]}
    rows = await reader.rows(listed(Task, Ask(where=Compare("title", "in", tuple(wanted)), size=100)))
    assert {row.title for row in rows} == wanted
    assert await reader.rows(listed(Task, Ask(where=Compare("title", "in", ()), size=100))) == []


async def test_statements_are_logged_when_asked(
    planted: World, reader: Reader, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.reading.sync_engine.echo = True
    with caplog.at_level(logging.INFO, "sqlalchemy.engine.Engine"):
        await reader.rows(by_id(Task), keys=[GARDEN.tasks[0].id])
    assert any("FROM task" in line and GARDEN.tasks[0].id.hex[:8] in line for line in caplog.messages)
