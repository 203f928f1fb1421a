"""Tests of orders: text by code point, enums by rank, position of nulls."""

import datetime
import math
import uuid
from dataclasses import replace
from typing import Any

from database.reader import Reader
from models import Membership
from models.membership import Role
from models.relations import table_of
from models.task import TaskPriority, TaskStatus
from queries.cursor import decode_cursor
from queries.filters import Compare
from queries.lists import PageQuery
from queries.order import Direction, Nulls, Sort, with_tiebreaker
from tests.queries.page_helpers import load_page, next_query
from tests.queries.sort_oracle import sort_rows
from tests.support.app_fixture import AppFixture
from tests.support.dataset import DATASET, ids_of, open_reader


async def test_text_sorts_by_code_point(app_with_dataset: AppFixture) -> None:
    titles = await load_values(app_with_dataset, "title", Sort("title"))
    assert titles == sorted(titles, key=lambda text: [ord(letter) for letter in text])
    assert len(set(titles)) > 20


async def test_enums_sort_by_rank(app_with_dataset: AppFixture) -> None:
    priorities = await load_values(app_with_dataset, "priority", Sort("priority"))
    assert list(dict.fromkeys(priorities)) == [TaskPriority.LOW, TaskPriority.MEDIUM, TaskPriority.HIGH]
    statuses = await load_values(app_with_dataset, "status", Sort("status", Direction.DESC))
    assert list(dict.fromkeys(statuses)) == [TaskStatus.DONE, TaskStatus.IN_PROGRESS, TaskStatus.TODO]


async def test_nulls_sort_last_in_both_directions_by_default(app_with_dataset: AppFixture) -> None:
    for direction in Direction:
        assert (await load_values(app_with_dataset, "due_date", Sort("due_date", direction)))[-1] is None
        assert (await load_values(app_with_dataset, "due_date", Sort("due_date", direction, Nulls.FIRST)))[0] is None


async def test_dates_sort_chronologically(app_with_dataset: AppFixture) -> None:
    days = [day for day in await load_values(app_with_dataset, "due_date", Sort("due_date")) if day is not None]
    assert days == sorted(days)
    assert (days[0], days[-1]) == (datetime.date.min, datetime.date.max)


async def load_values(app_fixture: AppFixture, column: str, sort: Sort) -> list[Any]:
    """Return the values of the column in this order."""
    async with open_reader(app_fixture.tenant) as reader:
        rows = (await load_page(reader, PageQuery(order=with_tiebreaker([sort]), size=1000))).rows
    return [getattr(row, column) for row in rows]


async def test_pages_contain_filtered_rows_only(app_with_dataset: AppFixture) -> None:
    condition, sorts = Compare("status", "eq", TaskStatus.DONE), [Sort("due_date", Direction.DESC, Nulls.FIRST)]
    expected = sort_rows([task for task in DATASET.tasks if task.status is TaskStatus.DONE], sorts)
    query, loaded_ids = PageQuery(condition, with_tiebreaker(sorts), 3), list[uuid.UUID]()
    async with open_reader(app_with_dataset.tenant) as reader:
        for _ in range(math.ceil(len(expected) / 3)):
            page = await load_page(reader, query)
            loaded_ids += ids_of(page.rows)
            query = next_query(query, page.end_cursor)
    assert loaded_ids == ids_of(expected)


async def test_pages_exclude_rows_of_another_tenant_with_same_ids(app_with_dataset: AppFixture) -> None:
    async with open_reader(app_with_dataset.other_tenant) as reader:
        rows = (await load_page(reader, PageQuery(size=1000))).rows
    assert {row.tenant_id for row in rows} == {app_with_dataset.other_tenant.id}
    assert len(rows) == len(DATASET.tasks)


async def test_memberships_sort_by_role_rank(app_fixture: AppFixture, reader: Reader) -> None:
    query = PageQuery(order=with_tiebreaker([Sort("role")]), size=2)
    first_page = await load_page(reader, query, Membership)
    cursor_values = decode_cursor(query.order, table_of(Membership), first_page.end_cursor or "")
    second_page = await load_page(reader, replace(query, after=cursor_values), Membership)
    assert [row.role for row in (*first_page.rows, *second_page.rows)] == list(Role)


def test_tiebreaker_has_direction_of_last_column() -> None:
    assert with_tiebreaker([]) == (Sort("id", Direction.DESC),)
    assert with_tiebreaker([Sort("title", Direction.DESC)])[-1] == Sort("id", Direction.DESC)
    assert with_tiebreaker([Sort("title", Direction.DESC), Sort("status")])[-1] == Sort("id")
    assert with_tiebreaker([Sort("id"), Sort("title")]) == (Sort("id"), Sort("title"))


def test_repeated_column_is_dropped_from_order() -> None:
    sorts = [Sort("title"), Sort("status"), Sort("title", Direction.DESC)]
    assert with_tiebreaker(sorts) == (Sort("title"), Sort("status"), Sort("id"))
