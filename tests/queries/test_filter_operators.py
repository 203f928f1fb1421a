"""Tests of all filter operators on all column types against the oracle, on both databases."""

import datetime
import itertools
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from database.reader import Reader
from models import Membership, Task, User, Worker
from models.ids import NIL_UUID
from models.task import TaskStatus
from queries.filters import And, Compare, Condition, Not, Or
from queries.lists import PageQuery, select_count, select_page
from services.core.unit_of_work import UnitOfWork
from tests.queries.filter_oracle import matches, matches_operator
from tests.queries.filter_strategies import (
    COMPARISON,
    EQUALITY,
    OTHER_TIMESTAMPS,
    SEARCH_TEXTS,
    TEXT_SEARCH,
)
from tests.support.app_fixture import AppFixture
from tests.support.dataset import DATASET, DATES, TEXTS, TIMESTAMPS, ids_of


@dataclass(frozen=True)
class ColumnCase:
    """A column with its operators and the values to compare it with."""

    column: str
    values: Sequence[Any]
    operators: tuple[str, ...]
    model: Any = Task

    def comparisons(self) -> Iterator[Compare]:
        """Yield all comparisons, including isNull and lists of many, one and no values."""
        for name, value in itertools.product(self.operators, self.values):
            yield Compare(self.column, name, value)
        for is_null in (True, False):
            yield Compare(self.column, "isNull", is_null)
        for values in (self.values, self.values[:1], self.values[1:3], (), [self.values[0]] * 3):
            yield Compare(self.column, "in", tuple(values))


COLUMN_CASES = (
    ColumnCase("title", TEXTS[::3], (*EQUALITY, *COMPARISON)),
    ColumnCase("title", (*TEXTS, *SEARCH_TEXTS), TEXT_SEARCH),
    ColumnCase("status", list(TaskStatus), EQUALITY),
    ColumnCase("due_date", (*DATES, datetime.date(2026, 1, 30)), (*EQUALITY, *COMPARISON)),
    ColumnCase("created_at", (*TIMESTAMPS, *OTHER_TIMESTAMPS), (*EQUALITY, *COMPARISON)),
    ColumnCase("version", (0, 1, 2, 3, -(2**31), 2**31 - 1), (*EQUALITY, *COMPARISON)),
    ColumnCase("id", (DATASET.tasks[0].id, DATASET.tasks[7].id, NIL_UUID, DATASET.workers[0].id), EQUALITY),
    ColumnCase("assignee_id", (DATASET.workers[0].id, DATASET.workers[7].id, NIL_UUID), EQUALITY),
    ColumnCase("email", ("1@x.test", "Ä1@X.test", "X", "ä", "@", ""), (*EQUALITY, *COMPARISON, *TEXT_SEARCH), Worker),
    ColumnCase("team_id", (DATASET.teams[0].id, DATASET.teams[2].id, NIL_UUID), EQUALITY, Worker),
)


async def matching_ids(reader: Reader, model: Any, condition: Condition) -> set[uuid.UUID]:
    """Return the ids of the rows that match the condition in the database."""
    return set(ids_of(await reader.rows(select_page(model, PageQuery(where=condition, size=1000)))))


async def verify(reader: Reader, comparisons: Iterator[Compare], model: Any, rows: Sequence[Any]) -> None:
    """Verify that each comparison matches the expected rows, and its negation all others."""
    for comparison in comparisons:
        expected = {row.id for row in rows if matches(comparison, row)}
        assert await matching_ids(reader, model, comparison) == expected, comparison
        assert await matching_ids(reader, model, Not(comparison)) == set(ids_of(rows)) - expected, comparison


async def test_operators_match_oracle_for_all_column_types(app_with_dataset: AppFixture, reader: Reader) -> None:
    for case in COLUMN_CASES:
        await verify(reader, case.comparisons(), case.model, DATASET.rows(case.model.__tablename__))


async def test_operators_match_oracle_for_booleans_and_nullable_timestamps(
    app_fixture: AppFixture, reader: Reader
) -> None:
    users = await insert_users_and_list(app_fixture)
    await verify(reader, ColumnCase("is_active", (True, False), EQUALITY).comparisons(), User, users)
    timestamps = ColumnCase("last_login", (*TIMESTAMPS, *OTHER_TIMESTAMPS), (*EQUALITY, *COMPARISON))
    await verify(reader, timestamps.comparisons(), User, users)


async def insert_users_and_list(app_fixture: AppFixture) -> list[User]:
    """Create users with different is_active and last_login, and return all users of the tenant."""
    timestamps = (None, *TIMESTAMPS, TIMESTAMPS[0])
    new_users = [
        User(email=f"{n}@x.test", full_name="X", is_active=n % 2 == 0, last_login=timestamps[n]) for n in range(5)
    ]

    async def insert_users(work: UnitOfWork) -> None:
        await work.add(*new_users)
        await work.add(*(Membership(tenant_id=app_fixture.tenant.id, user_id=user.id) for user in new_users))

    await app_fixture.tenant.run_use_case(insert_users)
    return [*new_users, *app_fixture.tenant.users.values()]


async def test_text_search_ignores_case_of_ascii_letters_only(app_with_dataset: AppFixture, reader: Reader) -> None:
    titles = {task.id: task.title for task in DATASET.tasks}
    for prefix, expected_titles in (
        ("i", {"i", "I"}),
        ("ä", {"ä"}),
        ("Ä", {"Ä"}),
        ("ß", {"ß"}),
        ("K", {"k", "K"}),
        ("S", {"ss", "S"}),
    ):
        actual_ids = await matching_ids(reader, Task, Compare("title", "startsWith", prefix))
        expected = {title for title in titles.values() if title in expected_titles}
        assert {titles[id] for id in actual_ids} - {"'; --"} == expected, prefix


async def test_long_text_is_not_truncated_in_comparisons(app_with_dataset: AppFixture, reader: Reader) -> None:
    title = "x" * 200  # the length of the column, to which PostgreSQL truncates longer values in a cast

    async def rename(work: UnitOfWork) -> None:
        (await work.get_for_update(Task, DATASET.tasks[0].id)).title = title

    await app_with_dataset.tenant.run_use_case(rename)
    assert await matching_ids(reader, Task, Compare("title", "eq", title)) == {DATASET.tasks[0].id}
    for longer in (title + "x", title + " ", title + "x" * 800):
        assert await matching_ids(reader, Task, Compare("title", "eq", longer)) == set()
        assert await matching_ids(reader, Task, Compare("title", "startsWith", longer)) == set()
        assert DATASET.tasks[0].id in await matching_ids(reader, Task, Compare("title", "lt", longer))
        assert await matching_ids(reader, Task, Compare("title", "in", (longer, longer))) == set()


async def test_conditions_of_same_shape_keep_their_own_values(app_with_dataset: AppFixture, reader: Reader) -> None:
    workers, tasks = DATASET.workers, DATASET.tasks
    for worker, other_worker in itertools.permutations(workers[:4], 2):
        either_worker = Or(
            (Compare("assignee_id", "in", (worker.id,)), Compare("assignee_id", "in", (other_worker.id,)))
        )
        expected = {task.id for task in tasks if task.assignee_id in (worker.id, other_worker.id)}
        assert await matching_ids(reader, Task, either_worker) == expected
        both_workers = And(
            (Compare("assignee_id", "in", (worker.id,)), Compare("assignee_id", "in", (other_worker.id,)))
        )
        assert await matching_ids(reader, Task, both_workers) == set()


async def test_empty_and_matches_all_rows_and_empty_or_none(app_with_dataset: AppFixture, reader: Reader) -> None:
    all_ids = set(ids_of(DATASET.tasks))
    for condition, expected in (
        (And(), all_ids),
        (Or(()), set()),
        (Not(And()), set()),
        (Not(Or(())), all_ids),
    ):
        assert await matching_ids(reader, Task, condition) == expected


async def test_count_ignores_page_size_and_direction(app_with_dataset: AppFixture, reader: Reader) -> None:
    condition = Compare("status", "eq", TaskStatus.DONE)
    done = [task for task in DATASET.tasks if task.status is TaskStatus.DONE]
    ((total,),) = await reader.rows(select_count(Task, PageQuery(where=condition, size=1, backwards=True)))
    assert total == len(done) > 1


def test_oracle_folds_ascii_letters_only() -> None:
    assert matches_operator("contains", "xAy", "Xa")
    assert not matches_operator("contains", "Ä", "ä")
    assert not matches_operator("contains", "\u212a", "k")
