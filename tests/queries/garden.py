"""Rows to list, filter and sort: many ties, nulls and awkward letters, always the same.

They are plain, unsaved objects, so that a test can reckon with them in Python. `plant` puts them into a tenant. The
weeds have the same ids, in another tenant and with other values: whoever forgets the tenant somewhere finds them.
"""

import datetime
import random
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from models import Project, Task, TaskWorker, Team, Worker
from models.ids import NOWHERE
from models.membership import Role
from models.relations import Linked, Many, table_of
from models.task import TaskPriority, TaskStatus
from queries.caller import Caller
from queries.reader import Reader
from services.unit_of_work import UnitOfWork
from tests.support.world import Plot

LETTERS = (
    *("a", "A", "b", "B", "z", "Z", "aa", "aB", "ab", "", " ", "0", "10", "9"),
    *("ä", "Ä", "é", "e\u0301", "ß", "ss", "\u017f", "S", "İ", "i", "\u0131", "I", "\u212a", "k", "ﬁ"),
    *("\ue000", "\ufffd", "😀", "😁", "\U0010ffff"),  # UTF-16 would sort the first two after the others
    *("100%", "1000", "a_b", "axb", "\\", "\\%", "%", "_", "'", '"', "'; --", "a\nb", "\t", "\x7f", "\u200d"),
)
"""Texts that engines, collations and LIKE disagree about."""

MOMENTS = tuple(datetime.datetime(2026, 1, 31, 12, 0, 0, microsecond, datetime.UTC) for microsecond in (0, 1, 999_999))
DAYS = (datetime.date(1, 1, 1), datetime.date(2026, 1, 31), datetime.date(2026, 2, 1), datetime.date(9999, 12, 31))


@dataclass(frozen=True)
class Garden:
    """What a tenant holds."""

    teams: Sequence[Team]
    workers: Sequence[Worker]
    projects: Sequence[Project]
    tasks: Sequence[Task]
    links: Sequence[TaskWorker]

    def rows(self, table: str) -> list[Any]:
        """All rows of a table."""
        return list({"team": self.teams, "worker": self.workers, "project": self.projects, "task": self.tasks}[table])

    def row(self, table: str, id: uuid.UUID | None) -> Any:
        """The row with this id, or None."""
        return next((row for row in self.rows(table) if row.id == id), None)

    def children(self, relation: Many | Linked, parent: uuid.UUID) -> list[Any]:
        """The rows that a relation leads to."""
        if isinstance(relation, Many):
            return [row for row in self.rows(relation.table) if getattr(row, relation.by) == parent]
        far = {getattr(link, relation.far) for link in self.links if getattr(link, relation.near) == parent}
        return [row for row in self.rows(relation.table) if row.id in far]


def grow(seed: int, tasks: int = 40) -> Garden:
    """A garden; the seed decides the values, but never the ids."""
    chance = random.Random(seed)  # noqa: S311 (the same every time is what is wanted)
    teams = [Team(name=f"Team {number}", **_common(chance, 1, number)) for number in range(3)]
    workers = [_worker(chance, teams[:2], number) for number in range(8)]
    projects = [Project(name=f"{text}#", **_common(chance, 3, number)) for number, text in enumerate(LETTERS[:6])]
    grown = [_task(chance, projects[:5], workers[:6], number) for number in range(tasks)]
    links = [
        TaskWorker(tenant_id=NOWHERE, task_id=task.id, worker_id=worker.id)
        for task in grown[: tasks * 3 // 4]
        for worker in chance.sample(workers[:7], chance.randint(0, 4))
    ]
    return Garden(teams, workers, projects, grown, links)


def _common(chance: random.Random, family: int, number: int) -> dict[str, Any]:
    scattered = number * 0x9E3779B97F4A7C15 & (1 << 64) - 1  # so that the order of the ids is none of another column
    return {
        "id": uuid.UUID(int=scattered << 64 | 0x8000 << 48 | family << 32 | number + 1),
        "created_at": chance.choice(MOMENTS),
        "updated_at": chance.choice(MOMENTS),
        "version": chance.randint(1, 3),
    }


def _worker(chance: random.Random, teams: list[Team], number: int) -> Worker:
    return Worker(
        name=chance.choice(LETTERS),
        email=chance.choice([None, f"{number}@x.test", f"Ä{number}@X.test"]),
        team_id=chance.choice([None, *(team.id for team in teams)]),
        **_common(chance, 2, number),
    )


def _task(chance: random.Random, projects: list[Project], workers: list[Worker], number: int) -> Task:
    return Task(
        title=chance.choice([LETTERS[number % len(LETTERS)], chance.choice(LETTERS), "a"]),
        description=chance.choice(["", "words"]),
        status=chance.choice(list(TaskStatus)),
        priority=chance.choice(list(TaskPriority)),
        due_date=chance.choice([None, None, *DAYS]),
        project_id=chance.choice([None, *(project.id for project in projects)]),
        assignee_id=chance.choice([None, *(worker.id for worker in workers)]),
        **_common(chance, 4, number),
    )


GARDEN = grow(1)
WEEDS = grow(2)


async def plant(plot: Plot, garden: Garden) -> None:
    """Put everything into the tenant."""

    async def sow(work: UnitOfWork) -> None:
        for rows in (garden.teams, garden.workers, garden.projects, garden.tasks, garden.links):
            if rows:
                values = [row.model_dump() | {"tenant_id": plot.tenant_id} for row in rows]
                table = table_of(type(rows[0]))
                await work.rows(insert(table).values(values).returning(*table.primary_key))

    await plot.make(sow)


@asynccontextmanager
async def reading(plot: Plot) -> AsyncIterator[Reader]:
    """Reads as a member of the tenant."""
    reader = Reader(plot.world.database.reading, Caller(plot.users[Role.MEMBER].id, plot.slug))
    try:
        yield reader
    finally:
        await reader.release()


def ids(rows: Sequence[Any]) -> list[uuid.UUID]:
    """Which rows, in which order."""
    return [row.id for row in rows]
