"""The rows of one tenant of the benchmark data, table by table."""

import datetime
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from models import Membership, Project, Task, TaskWorker, Team, Tenant, User, Worker
from models.ids import new_id
from models.membership import Role
from models.task import TaskPriority, TaskStatus
from server.seed import names, sentences

Row = dict[str, Any]
NEW_YEAR = datetime.date(2027, 1, 1)
STATUSES, PRIORITIES = list(TaskStatus), list(TaskPriority)
SENTENCE_COUNTS = (0, 0, 1, 1, 1, 2, 2, 3, 4, 6, 9)


@dataclass(frozen=True)
class DatasetSize:
    """The number of tenants, and of rows for each tenant. Each task has a project, an assignee and one worker."""

    tenants: int = 10
    teams: int = 10
    projects: int = 200
    workers: int = 200
    tasks: int = 10_000

    def scaled(self, factor: float) -> "DatasetSize":
        """Return a size with the same number of tenants and scaled row counts of at least one."""
        counts = (self.teams, self.projects, self.workers, self.tasks)
        return DatasetSize(self.tenants, *(max(1, round(count * factor)) for count in counts))

    @property
    def rows(self) -> int:
        """The total number of rows."""
        return self.tenants * (3 + self.teams + self.projects + self.workers + 2 * self.tasks)


class TenantRows:
    """The rows of a tenant. They depend on its slug and size only, except ids and timestamps."""

    def __init__(self, slug: str, size: DatasetSize, password_hash: str) -> None:
        self.slug = slug
        self.size = size
        self.password_hash = password_hash
        self.tenant_id = new_id()
        self.random = random.Random(slug)  # noqa: S311  (not for security)

    def tables(self) -> Iterator[tuple[Table, list[Row]]]:
        """Return every table with its rows, referenced tables before those that reference them."""
        yield from self._tenant_and_owner()
        teams = _RowBuilder(Team, tenant_id=self.tenant_id)
        yield teams.build({"name": f"{names.TEAMS[n % len(names.TEAMS)]} {n + 1}"} for n in range(self.size.teams))
        workers = _RowBuilder(Worker, tenant_id=self.tenant_id)
        yield workers.build(self._worker(n, teams.ids) for n in range(self.size.workers))
        projects = _RowBuilder(Project, tenant_id=self.tenant_id)
        yield projects.build(self._project(n) for n in range(self.size.projects))
        tasks = _RowBuilder(Task, tenant_id=self.tenant_id)
        yield tasks.build(self._task(projects.ids, workers.ids) for _ in range(self.size.tasks))
        links = ({"task_id": task, "worker_id": self.random.choice(workers.ids)} for task in tasks.ids)
        yield _RowBuilder(TaskWorker, tenant_id=self.tenant_id).build(links)

    def _tenant_and_owner(self) -> Iterator[tuple[Table, list[Row]]]:
        yield _RowBuilder(Tenant).build([{"id": self.tenant_id, "name": self.slug.capitalize(), "slug": self.slug}])
        owner = _RowBuilder(User)
        user = {"email": owner_email(self.slug), "full_name": "Olive Owner", "password_hash": self.password_hash}
        yield owner.build([user])
        membership = {"tenant_id": self.tenant_id, "user_id": owner.ids[0], "role": Role.OWNER}
        yield _RowBuilder(Membership).build([membership])

    def _worker(self, number: int, teams: list[Any]) -> Row:
        first, last = (self.random.choice(names.WORKERS).split()[part] for part in (0, 1))
        email = f"{first}.{last}.{number}@{self.slug}.test".lower()
        return {"name": f"{first} {last}", "email": email, "team_id": self.random.choice([*teams, None])}

    def _project(self, number: int) -> Row:
        item, place = self.random.choice(names.OBJECTS), self.random.choice(sentences.PLACES)
        return {"name": f"{item.capitalize()} {place}, {number + 1}", "description": self._description()}

    def _task(self, projects: list[Any], workers: list[Any]) -> Row:
        pick = self.random.choice
        due = NEW_YEAR + datetime.timedelta(days=self.random.randrange(-180, 180))
        return {
            "title": self._title(),
            "description": self._description(),
            "status": pick(STATUSES),
            "priority": pick(PRIORITIES),
            "due_date": pick((due, due, due, None)),
            "project_id": pick(projects),
            "assignee_id": pick(workers),
        }

    def _title(self) -> str:
        pick = self.random.choice
        suffix = pick(
            ("", pick(sentences.PLACES), pick(sentences.TIMES), f"{pick(sentences.PLACES)} {pick(sentences.TIMES)}")
        )
        return f"{pick(names.VERBS)} the {pick(names.OBJECTS)} {suffix}".rstrip()

    def _description(self) -> str:
        return " ".join(self.random.choices(sentences.SENTENCES, k=self.random.choice(SENTENCE_COUNTS)))


def owner_email(slug: str) -> str:
    """Return the email address of the owner of a benchmark tenant."""
    return f"owner@{slug}.test"


class _RowBuilder:
    """Builds rows of a model, with the model's defaults for values that are not provided."""

    def __init__(self, model: Any, **common: Any) -> None:
        optional = {name: info for name, info in model.model_fields.items() if not info.is_required()}
        self._table: Table = model.__table__
        self._factories = {name: info.default_factory for name, info in optional.items() if info.default_factory}
        self._common = {name: info.default for name, info in optional.items() if name not in self._factories} | common
        self.ids: list[Any] = []

    def build(self, value_maps: Any) -> tuple[Table, list[Row]]:
        """Return the table with a row for each mapping of values; `ids` becomes the ids of these rows."""
        rows = [
            self._common | {name: factory() for name, factory in self._factories.items()} | values
            for values in value_maps
        ]
        self.ids = [row.get("id") for row in rows]
        return self._table, rows
