"""Tests of pagination with inserts and deletes between the pages: unchanged rows are returned exactly once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from models import Task
from models.task import TaskPriority, TaskStatus
from queries.lists import PageQuery
from queries.order import Sort, with_tiebreaker
from queries.page import Page
from services.core.unit_of_work import UnitOfWork
from tests.queries.page_helpers import TASKS, load_page, next_query
from tests.queries.sort_oracle import sort_lists, sort_rows
from tests.support.app_fixture import AppFixture, TenantFixture
from tests.support.dataset import DATES, TIMESTAMPS, ids_of, open_reader
from tests.support.hypothesis_settings import deterministic_settings


@dataclass(frozen=True)
class Change:
    """The writes between two pages: rows to delete, by index among the existing ones, and rows to insert."""

    deleted: list[int]
    inserted: list[dict[str, Any]]


VALUES = st.fixed_dictionaries({
    "title": st.sampled_from(["a", "b", "😀"]),
    "status": st.sampled_from(TaskStatus),
    "priority": st.sampled_from(TaskPriority),
    "due_date": st.sampled_from([None, *DATES[:2]]),
    "created_at": st.sampled_from(TIMESTAMPS[:2]),
    "id": st.uuids(version=4),
})  # fmt: skip
CHANGES = st.builds(Change, st.lists(st.integers(0, 99), max_size=3), st.lists(VALUES, max_size=2))


@dataclass(frozen=True)
class Scenario:
    """The initial rows, the page query, and the writes between the pages."""

    rows: list[dict[str, Any]]
    sorts: list[Sort]
    size: int
    backwards: bool
    changes: list[Change]


SCENARIOS = st.builds(
    Scenario,
    rows=st.lists(VALUES, min_size=4, max_size=14, unique_by=lambda values: values["id"]),
    sorts=sort_lists(("title", "status", "priority", "due_date", "created_at", "id")),
    size=st.integers(1, 4),
    backwards=st.booleans(),
    changes=st.lists(CHANGES, max_size=6),
)


@deterministic_settings(16)
@given(scenario=SCENARIOS)
async def test_unchanged_rows_are_returned_once_despite_inserts_and_deletes_between_pages(
    app_fixture: AppFixture, scenario: Scenario
) -> None:
    table = TaskTable(app_fixture.tenant)
    await table.clear()
    await table.insert(scenario.rows)
    unchanged_ids = set(table.existing_ids)
    query = PageQuery(order=with_tiebreaker(scenario.sorts), size=scenario.size, backwards=scenario.backwards)
    returned_ids: list[uuid.UUID] = []
    for change in (*scenario.changes, *[Change([], [])] * 20):
        page = await table.load_page(query)
        page_ids = ids_of(page.rows)
        returned_ids = [*page_ids, *returned_ids] if scenario.backwards else [*returned_ids, *page_ids]
        if not (page.has_previous if scenario.backwards else page.has_next):
            break
        query = next_query(query, page.start_cursor if scenario.backwards else page.end_cursor)
        unchanged_ids -= await table.apply(change)
    assert len(returned_ids) == len(set(returned_ids))
    unchanged_rows = [row for row in table.all_rows if row.id in unchanged_ids]
    assert [id for id in returned_ids if id in unchanged_ids] == ids_of(sort_rows(unchanged_rows, scenario.sorts))


class TaskTable:
    """The tasks of a tenant, to insert, delete and page through."""

    def __init__(self, tenant: TenantFixture) -> None:
        self.tenant = tenant
        self.existing_ids: list[uuid.UUID] = []
        self.all_rows: list[Task] = []

    async def load_page(self, query: PageQuery) -> Page:
        """Load a page of the existing rows."""
        async with open_reader(self.tenant) as reader:
            return await load_page(reader, query)

    async def insert(self, rows: Sequence[dict[str, Any]]) -> None:
        """Insert the tasks whose ids were never used before."""
        used_ids = {row.id for row in self.all_rows}
        unique_rows = {row["id"]: row for row in rows}.values()
        new_tasks = [Task(**values) for values in unique_rows if values["id"] not in used_ids]
        self.all_rows += new_tasks
        self.existing_ids += ids_of(new_tasks)
        values = [task.model_dump() | {"tenant_id": self.tenant.id} for task in new_tasks]
        if values:
            await self._execute(insert(TASKS).values(values))

    async def clear(self) -> None:
        """Delete the tasks of earlier examples."""
        await self._execute(delete(TASKS))

    async def apply(self, change: Change) -> set[uuid.UUID]:
        """Apply the writes and return the ids of the deleted rows."""
        ids = self.existing_ids
        deleted_ids = {ids[index % len(ids)] for index in change.deleted if ids}
        if deleted_ids:
            await self._execute(delete(TASKS).where(TASKS.c.id.in_(deleted_ids)))
            self.existing_ids = [id for id in ids if id not in deleted_ids]
        await self.insert(change.inserted)
        return deleted_ids

    async def _execute(self, statement: Any) -> None:
        async def execute(work: UnitOfWork) -> None:
            await work.rows(statement.returning(TASKS.c.id))

        await self.tenant.run_use_case(execute)
