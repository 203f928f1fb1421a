"""What an order means: text by code point, choices by rank, nulls where they are asked to be."""

import datetime
import math
import uuid
from dataclasses import replace
from typing import Any

from models import Membership
from models.membership import Role
from models.relations import table_of
from models.task import TaskPriority, TaskStatus
from queries.conditions import Compare
from queries.lists import Ask
from queries.order import Direction, Nulls, Sort, complete, place_of
from queries.reader import Reader
from tests.queries.garden import GARDEN, ids, reading
from tests.queries.pages import page, turned
from tests.queries.sorting import in_order
from tests.support.world import World


async def test_text_sorts_by_code_point(planted: World) -> None:
    titles = await values_of(planted, "title", Sort("title"))
    assert titles == sorted(titles, key=lambda text: [ord(letter) for letter in text])
    assert len(set(titles)) > 20


async def test_choices_sort_by_rank_not_by_name(planted: World) -> None:
    priorities = await values_of(planted, "priority", Sort("priority"))
    assert list(dict.fromkeys(priorities)) == [TaskPriority.LOW, TaskPriority.MEDIUM, TaskPriority.HIGH]
    statuses = await values_of(planted, "status", Sort("status", Direction.DESC))
    assert list(dict.fromkeys(statuses)) == [TaskStatus.DONE, TaskStatus.IN_PROGRESS, TaskStatus.TODO]


async def test_nulls_go_last_in_either_direction_unless_asked_to_the_front(planted: World) -> None:
    for direction in Direction:
        assert (await values_of(planted, "due_date", Sort("due_date", direction)))[-1] is None
        assert (await values_of(planted, "due_date", Sort("due_date", direction, Nulls.FIRST)))[0] is None


async def test_the_first_and_the_last_day_sort_as_days(planted: World) -> None:
    days = [day for day in await values_of(planted, "due_date", Sort("due_date")) if day is not None]
    assert days == sorted(days)
    assert (days[0], days[-1]) == (datetime.date.min, datetime.date.max)


async def values_of(world: World, column: str, sort: Sort) -> list[Any]:
    """The column's values in this order."""
    async with reading(world.here) as reader:
        rows = (await page(reader, Ask(order=complete([sort]), size=1000))).rows
    return [getattr(row, column) for row in rows]


async def test_a_page_is_of_the_filtered_list(planted: World) -> None:
    condition, sorts = Compare("status", "eq", TaskStatus.DONE), [Sort("due_date", Direction.DESC, Nulls.FIRST)]
    expected = in_order([task for task in GARDEN.tasks if task.status is TaskStatus.DONE], sorts)
    ask, found = Ask(condition, complete(sorts), 3), list[uuid.UUID]()
    async with reading(planted.here) as reader:
        for _ in range(math.ceil(len(expected) / 3)):
            here = await page(reader, ask)
            found += ids(here.rows)
            ask = turned(ask, here.end)
    assert found == ids(expected)


async def test_rows_of_another_tenant_are_on_no_page_although_they_have_the_same_ids(planted: World) -> None:
    async with reading(planted.there) as reader:
        rows = (await page(reader, Ask(size=1000))).rows
    assert {row.tenant_id for row in rows} == {planted.there.tenant_id}
    assert len(rows) == len(GARDEN.tasks)


async def test_roles_sort_by_rank_among_all_memberships_that_one_may_see(world: World, reader: Reader) -> None:
    ask = Ask(order=complete([Sort("role")]), size=2)
    first = await page(reader, ask, Membership)
    place = place_of(ask.order, table_of(Membership), first.end or "")
    rest = await page(reader, replace(ask, after=place), Membership)
    assert [row.role for row in (*first.rows, *rest.rows)] == list(Role)


def test_an_order_is_completed_by_the_id_in_the_direction_of_its_last_column() -> None:
    assert complete([]) == (Sort("id", Direction.DESC),)
    assert complete([Sort("title", Direction.DESC)])[-1] == Sort("id", Direction.DESC)
    assert complete([Sort("title", Direction.DESC), Sort("status")])[-1] == Sort("id")
    assert complete([Sort("id"), Sort("title")]) == (Sort("id"), Sort("title"))


def test_a_column_named_twice_counts_where_it_was_named_first() -> None:
    sorts = [Sort("title"), Sort("status"), Sort("title", Direction.DESC)]
    assert complete(sorts) == (Sort("title"), Sort("status"), Sort("id"))
