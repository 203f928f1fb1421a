"""Statements compiled for asyncpg, and the rows that they return: the same values as through SQLAlchemy."""

import logging
from typing import Any

import pytest
from sqlalchemy import select, text

from database.compiled import compile_statement
from database.engine import Database
from database.reader import Reader
from models import Membership, Project, Task, Team, Tenant, User, Worker
from models.relations import table_of
from models.task import TaskStatus
from queries.filters import Compare
from queries.lists import PageQuery, select_by_id, select_page
from queries.scope import visible
from tests.support.app_fixture import AppFixture
from tests.support.dataset import DATASET

pytestmark = pytest.mark.only("postgresql")
MODELS: tuple[Any, ...] = (Membership, Project, Task, Team, Tenant, User, Worker)


async def test_rows_equal_those_of_sqlalchemy(app_with_dataset: AppFixture, reader: Reader, database: Database) -> None:
    for model in MODELS:
        statement = select_page(model, PageQuery(size=100))
        rows = await reader.rows(statement)
        names = [str(column.key) for column in statement.selected_columns]
        parameters = (await reader.principal()).scope_parameters
        async with database.write_engine.connect() as connection:
            await connection.execute(
                text("SELECT set_config('app.tenant_id', :tenant, true)"), {"tenant": str(parameters["tenant"])}
            )
            expected = (await connection.execute(statement, parameters)).all()
        assert len(rows) > 0
        assert [_values(row, names) for row in rows] == [_values(row, names) for row in expected]
        assert all(isinstance(value, TaskStatus) for row in rows if model is Task for value in [row.status])


async def test_layout_of_a_row_matches_its_attributes(app_with_dataset: AppFixture, reader: Reader) -> None:
    for model in MODELS:
        for row in await reader.rows(select_page(model, PageQuery(size=100))):
            layout = type(row).__layout__
            assert "id" in layout
            for name, (index, members) in layout.items():
                stored = row[index]
                assert getattr(row, name) == (stored if members is None else members[stored])
    assert (
        compile_statement(select_page(Task, PageQuery())).record_class.__layout__["status"][1]["TODO"]
        is TaskStatus.TODO
    )


def _values(row: Any, names: list[str]) -> list[Any]:
    return [getattr(row, name) for name in names]


def test_statement_is_compiled_once() -> None:
    statement = select_by_id(Task)
    assert select_by_id(Task) is statement
    assert compile_statement(statement) is compile_statement(statement)
    assert select_page(Task, PageQuery(size=3)) is select_page(Task, PageQuery(size=3))
    assert select_page(Task, PageQuery(size=3)) is not select_page(Task, PageQuery(size=4))


def test_statements_with_large_values_are_not_cached() -> None:
    small, large = (Compare("title", "in", ("x" * length,) * 10) for length in (10, 30_000))
    assert select_page(Task, PageQuery(where=small)) is select_page(Task, PageQuery(where=small))
    assert select_page(Task, PageQuery(where=large)) is not select_page(Task, PageQuery(where=large))


def test_statements_with_the_same_columns_share_a_record_class() -> None:
    classes = {compile_statement(select_page(Task, PageQuery(size=size))).record_class for size in (3, 4, 5)}
    assert len(classes) == 1


def test_only_required_parameters_are_placeholders() -> None:
    task = table_of(Task)
    compiled = compile_statement(
        select(task.c.id).where(visible(task), task.c.title.in_(["a", "b"]), task.c.status == "DONE")
    )
    assert sorted(name for _, name in compiled.placeholders) == ["tenant"]
    assert sorted(value for value in compiled.values if value is not None) == ["DONE", "a", "b"]
    assert "x" in compiled.arguments({"tenant": "x", "user": "y"})


async def test_filter_by_a_list_of_values(app_with_dataset: AppFixture, reader: Reader) -> None:
    titles = {task.title for task in DATASET.tasks[:2]}
    rows = await reader.rows(select_page(Task, PageQuery(where=Compare("title", "in", tuple(titles)), size=100)))
    assert {row.title for row in rows} == titles
    assert await reader.rows(select_page(Task, PageQuery(where=Compare("title", "in", ()), size=100))) == []


async def test_echo_logs_statements(
    app_with_dataset: AppFixture, reader: Reader, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    database.read_engine.sync_engine.echo = True
    with caplog.at_level(logging.INFO, "sqlalchemy.engine.Engine"):
        await reader.rows(select_by_id(Task), keys=[DATASET.tasks[0].id])
    assert any("FROM task" in message and DATASET.tasks[0].id.hex[:8] in message for message in caplog.messages)
