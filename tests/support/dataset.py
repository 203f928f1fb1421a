"""A deterministic dataset for tests of lists, filters and orders, with many ties, nulls and special characters.

It consists of plain model instances, from which tests compute the expected results in Python; `insert_dataset` inserts
them into a tenant. OTHER_TENANT_DATASET has the same ids with other values, so that a statement without tenant scope
returns wrong rows.
"""

import datetime
import random
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from database.authentication import Credentials
from database.reader import Reader
from models import Project, Task, TaskWorker, Team, Worker
from models.ids import NIL_UUID
from models.membership import Role
from models.relations import HasMany, HasManyThrough, ToMany, table_of
from models.task import TaskPriority, TaskStatus
from services.core.unit_of_work import UnitOfWork
from tests.support.app_fixture import TenantFixture

TEXTS = (
    *("a", "A", "b", "B", "z", "Z", "aa", "aB", "ab", "", " ", "0", "10", "9"),
    *("ä", "Ä", "é", "e\u0301", "ß", "ss", "\u017f", "S", "İ", "i", "\u0131", "I", "\u212a", "k", "ﬁ"),
    *("\ue000", "\ufffd", "😀", "😁", "\U0010ffff"),  # in UTF-16 order the first two would sort last
    *("100%", "1000", "a_b", "axb", "\\", "\\%", "%", "_", "'", '"', "'; --", "a\nb", "\t", "\x7f", "\u200d"),
)
"""Texts that databases, collations and LIKE treat differently."""

TIMESTAMPS = tuple(
    datetime.datetime(2026, 1, 31, 12, 0, 0, microsecond, datetime.UTC) for microsecond in (0, 1, 999_999)
)
DATES = (
    datetime.date(1, 1, 1),
    datetime.date(2026, 1, 31),
    datetime.date(2026, 2, 1),
    datetime.date(9999, 12, 31),
)


@dataclass(frozen=True)
class Dataset:
    """The rows of a tenant."""

    teams: Sequence[Team]
    workers: Sequence[Worker]
    projects: Sequence[Project]
    tasks: Sequence[Task]
    links: Sequence[TaskWorker]

    def rows(self, table: str) -> list[Any]:
        """Return all rows of a table."""
        return list({"team": self.teams, "worker": self.workers, "project": self.projects, "task": self.tasks}[table])

    def row(self, table: str, id: uuid.UUID | None) -> Any:
        """Return the row with this id, or None."""
        return next((row for row in self.rows(table) if row.id == id), None)

    def children(self, relation: ToMany, parent: uuid.UUID) -> list[Any]:
        """Return the related rows of a parent."""
        if isinstance(relation, HasMany):
            return [row for row in self.rows(relation.table) if getattr(row, relation.fk) == parent]
        if isinstance(relation, HasManyThrough):
            owners = {row.id for row in self.rows(relation.through) if getattr(row, relation.through_fk) == parent}
            return [row for row in self.rows(relation.table) if getattr(row, relation.fk) in owners]
        target_ids = {
            getattr(link, relation.target_fk) for link in self.links if getattr(link, relation.source_fk) == parent
        }
        return [row for row in self.rows(relation.table) if row.id in target_ids]


def build_dataset(seed: int, tasks: int = 40) -> Dataset:
    """Build a dataset. The seed determines the values, but not the ids."""
    rng = random.Random(seed)  # noqa: S311 -- deterministic on purpose
    teams = [Team(name=f"Team {number}", **_common_values(rng, 1, number)) for number in range(3)]
    workers = [_build_worker(rng, teams[:2], number) for number in range(8)]
    projects = [Project(name=f"{text}#", **_common_values(rng, 3, number)) for number, text in enumerate(TEXTS[:6])]
    task_rows = [_build_task(rng, projects[:5], workers[:6], number) for number in range(tasks)]
    links = [
        TaskWorker(tenant_id=NIL_UUID, task_id=task.id, worker_id=worker.id)
        for task in task_rows[: tasks * 3 // 4]
        for worker in rng.sample(workers[:7], rng.randint(0, 4))
    ]
    return Dataset(teams, workers, projects, task_rows, links)


def _common_values(rng: random.Random, table_number: int, number: int) -> dict[str, Any]:
    high_bits = (
        number * 0x9E3779B97F4A7C15 & (1 << 64) - 1
    )  # scattered, so that the order of the ids is unlike that of other columns
    return {
        "id": uuid.UUID(int=high_bits << 64 | 0x8000 << 48 | table_number << 32 | number + 1),
        "created_at": rng.choice(TIMESTAMPS),
        "updated_at": rng.choice(TIMESTAMPS),
        "version": rng.randint(1, 3),
    }


def _build_worker(rng: random.Random, teams: list[Team], number: int) -> Worker:
    return Worker(
        name=rng.choice(TEXTS),
        email=rng.choice([None, f"{number}@x.test", f"Ä{number}@X.test"]),
        team_id=rng.choice([None, *(team.id for team in teams)]),
        **_common_values(rng, 2, number),
    )


def _build_task(rng: random.Random, projects: list[Project], workers: list[Worker], number: int) -> Task:
    return Task(
        title=rng.choice([TEXTS[number % len(TEXTS)], rng.choice(TEXTS), "a"]),
        description=rng.choice(["", "words"]),
        status=rng.choice(list(TaskStatus)),
        priority=rng.choice(list(TaskPriority)),
        due_date=rng.choice([None, None, *DATES]),
        project_id=rng.choice([None, *(project.id for project in projects)]),
        assignee_id=rng.choice([None, *(worker.id for worker in workers)]),
        **_common_values(rng, 4, number),
    )


DATASET = build_dataset(1)
OTHER_TENANT_DATASET = build_dataset(2)


async def insert_dataset(tenant: TenantFixture, dataset: Dataset) -> None:
    """Insert all rows of the dataset into the tenant."""

    async def insert_rows(work: UnitOfWork) -> None:
        for rows in (dataset.teams, dataset.workers, dataset.projects, dataset.tasks, dataset.links):
            if rows:
                values = [row.model_dump() | {"tenant_id": tenant.id} for row in rows]
                table = table_of(type(rows[0]))
                await work.rows(insert(table).values(values).returning(*table.primary_key))

    await tenant.run_use_case(insert_rows)


@asynccontextmanager
async def open_reader(tenant: TenantFixture) -> AsyncIterator[Reader]:
    """Open a reader with the credentials of a member of the tenant."""
    reader = Reader(tenant.app_fixture.database, Credentials(tenant.users[Role.MEMBER].id, tenant.slug))
    try:
        yield reader
    finally:
        await reader.release()


def ids_of(rows: Sequence[Any]) -> list[uuid.UUID]:
    """Return the ids of the rows in order."""
    return [row.id for row in rows]
