"""Pages while rows come and go between them: what was there all along is shown, and shown once."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from models import Task
from models.task import TaskPriority, TaskStatus
from queries.lists import Ask
from queries.order import Sort, complete
from queries.page import Page
from services.unit_of_work import UnitOfWork
from tests.queries.garden import DAYS, MOMENTS, ids, reading
from tests.queries.pages import TASKS, page, turned
from tests.queries.sorting import in_order, orders, thorough
from tests.support.world import Plot, World


@dataclass(frozen=True)
class Change:
    """What happens between two pages: rows go (picked by number among those there) and rows come."""

    gone: list[int]
    new: list[dict[str, Any]]


VALUES = st.fixed_dictionaries({
    "title": st.sampled_from(["a", "b", "😀"]),
    "status": st.sampled_from(TaskStatus),
    "priority": st.sampled_from(TaskPriority),
    "due_date": st.sampled_from([None, *DAYS[:2]]),
    "created_at": st.sampled_from(MOMENTS[:2]),
    "id": st.uuids(version=4),
})  # fmt: skip
CHANGES = st.builds(Change, st.lists(st.integers(0, 99), max_size=3), st.lists(VALUES, max_size=2))


@dataclass(frozen=True)
class Story:
    """What is there at first, how it is paged through, and what happens meanwhile."""

    rows: list[dict[str, Any]]
    sorts: list[Sort]
    size: int
    backwards: bool
    changes: list[Change]


STORIES = st.builds(
    Story,
    rows=st.lists(VALUES, min_size=4, max_size=14, unique_by=lambda values: values["id"]),
    sorts=orders(("title", "status", "priority", "due_date", "created_at", "id")),
    size=st.integers(1, 4),
    backwards=st.booleans(),
    changes=st.lists(CHANGES, max_size=6),
)


@thorough(16)
@given(story=STORIES)
async def test_what_was_there_all_along_is_shown_once_whatever_comes_and_goes_between_pages(
    world: World, story: Story
) -> None:
    field = Field(world.here)
    await field.clear()
    await field.add(story.rows)
    there_all_along = set(field.alive)
    ask, shown = Ask(order=complete(story.sorts), size=story.size, backwards=story.backwards), list[uuid.UUID]()
    for change in (*story.changes, *[Change([], [])] * 20):
        found = await field.page(ask)
        shown = [*ids(found.rows), *shown] if story.backwards else [*shown, *ids(found.rows)]
        if not (found.has_previous if story.backwards else found.has_next):
            break
        ask = turned(ask, found.start if story.backwards else found.end)
        there_all_along -= await field.undergo(change)
    assert len(shown) == len(set(shown))
    survivors = [row for row in field.everything if row.id in there_all_along]
    assert [id for id in shown if id in there_all_along] == ids(in_order(survivors, story.sorts))


class Field:
    """Tasks that come and go."""

    def __init__(self, plot: Plot) -> None:
        self.plot = plot
        self.alive: list[uuid.UUID] = []
        self.everything: list[Task] = []

    async def page(self, ask: Ask) -> Page:
        """A page of what is there now."""
        async with reading(self.plot) as reader:
            return await page(reader, ask)

    async def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Insert tasks, unless they are known by their id."""
        known = {row.id for row in self.everything}
        new = [Task(**values) for values in {row["id"]: row for row in rows}.values() if values["id"] not in known]
        self.everything += new
        self.alive += ids(new)
        values = [task.model_dump() | {"tenant_id": self.plot.tenant_id} for task in new]
        if values:
            await self._execute(insert(TASKS).values(values))

    async def clear(self) -> None:
        """Delete what earlier examples left."""
        await self._execute(delete(TASKS))

    async def undergo(self, change: Change) -> set[uuid.UUID]:
        """Do what the change says; returns who went."""
        gone = {self.alive[number % len(self.alive)] for number in change.gone if self.alive}
        if gone:
            await self._execute(delete(TASKS).where(TASKS.c.id.in_(gone)))
            self.alive = [id for id in self.alive if id not in gone]
        await self.add(change.new)
        return gone

    async def _execute(self, statement: Any) -> None:
        async def execute(work: UnitOfWork) -> None:
            await work.rows(statement.returning(TASKS.c.id))

        await self.plot.make(execute)
