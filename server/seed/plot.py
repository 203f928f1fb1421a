"""One tenant of the large set: its rows, table by table."""

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
from server.seed import prose, words

Row = dict[str, Any]
NEW_YEAR = datetime.date(2027, 1, 1)
SENTENCE_COUNTS = (0, 0, 1, 1, 1, 2, 2, 3, 4, 6, 9)


@dataclass(frozen=True)
class Size:
    """How many tenants there are, and what each of them has. A task has a project, an assignee and a worker on it."""

    tenants: int = 10
    teams: int = 10
    projects: int = 200
    workers: int = 200
    tasks: int = 10_000

    def scaled(self, factor: float) -> "Size":
        """As many tenants with so many times as much in them, and at least one of everything."""
        parts = (self.teams, self.projects, self.workers, self.tasks)
        return Size(self.tenants, *(max(1, round(part * factor)) for part in parts))

    @property
    def rows(self) -> int:
        """How many rows all of it is."""
        return self.tenants * (3 + self.teams + self.projects + self.workers + 2 * self.tasks)


class Plot:
    """A tenant's rows, the same for the same slug and size but for ids and times."""

    def __init__(self, slug: str, size: Size, password_hash: str) -> None:
        self.slug = slug
        self.size = size
        self.password_hash = password_hash
        self.tenant_id = new_id()
        self.random = random.Random(slug)  # noqa: S311  (nothing secret)

    def tables(self) -> Iterator[tuple[Table, list[Row]]]:
        """Every table with its rows, those that are pointed at before those that point."""
        yield from self._house()
        teams = _Rows(Team, tenant_id=self.tenant_id)
        yield teams.of({"name": f"{words.TEAMS[n % len(words.TEAMS)]} {n + 1}"} for n in range(self.size.teams))
        workers = _Rows(Worker, tenant_id=self.tenant_id)
        yield workers.of(self._worker(n, teams.ids) for n in range(self.size.workers))
        projects = _Rows(Project, tenant_id=self.tenant_id)
        yield projects.of(self._project(n) for n in range(self.size.projects))
        tasks = _Rows(Task, tenant_id=self.tenant_id)
        yield tasks.of(self._task(projects.ids, workers.ids) for _ in range(self.size.tasks))
        links = ({"task_id": task, "worker_id": self.random.choice(workers.ids)} for task in tasks.ids)
        yield _Rows(TaskWorker, tenant_id=self.tenant_id).of(links)

    def _house(self) -> Iterator[tuple[Table, list[Row]]]:
        yield _Rows(Tenant).of([{"id": self.tenant_id, "name": self.slug.capitalize(), "slug": self.slug}])
        owner = _Rows(User)
        person = {"email": owner_of(self.slug), "full_name": "Olive Owner", "password_hash": self.password_hash}
        yield owner.of([person])
        place = {"tenant_id": self.tenant_id, "user_id": owner.ids[0], "role": Role.OWNER}
        yield _Rows(Membership).of([place])

    def _worker(self, number: int, teams: list[Any]) -> Row:
        first, last = (self.random.choice(words.WORKERS).split()[place] for place in (0, 1))
        email = f"{first}.{last}.{number}@{self.slug}.test".lower()
        return {"name": f"{first} {last}", "email": email, "team_id": self.random.choice([*teams, None])}

    def _project(self, number: int) -> Row:
        thing, place = self.random.choice(words.THINGS), self.random.choice(prose.PLACES)
        return {"name": f"{thing.capitalize()} {place}, {number + 1}", "description": self._prose()}

    def _task(self, projects: list[Any], workers: list[Any]) -> Row:
        pick = self.random.choice
        due = NEW_YEAR + datetime.timedelta(days=self.random.randrange(-180, 180))
        return {
            "title": self._title(),
            "description": self._prose(),
            "status": pick(_STATUSES),
            "priority": pick(_PRIORITIES),
            "due_date": pick((due, due, due, None)),
            "project_id": pick(projects),
            "assignee_id": pick(workers),
        }

    def _title(self) -> str:
        pick = self.random.choice
        more = pick(("", pick(prose.PLACES), pick(prose.TIMES), f"{pick(prose.PLACES)} {pick(prose.TIMES)}"))
        return f"{pick(words.VERBS)} the {pick(words.THINGS)} {more}".rstrip()

    def _prose(self) -> str:
        return " ".join(self.random.choices(prose.SENTENCES, k=self.random.choice(SENTENCE_COUNTS)))


def owner_of(slug: str) -> str:
    """The address that the owner of a tenant of the set signs in with."""
    return f"owner@{slug}.test"


class _Rows:
    """Makes rows of a model. What is not given is what the model has by default."""

    def __init__(self, model: Any, **common: Any) -> None:
        optional = {name: info for name, info in model.model_fields.items() if not info.is_required()}
        self._table: Table = model.__table__
        self._makers = {name: info.default_factory for name, info in optional.items() if info.default_factory}
        self._common = {name: info.default for name, info in optional.items() if name not in self._makers} | common
        self.ids: list[Any] = []

    def of(self, given: Any) -> tuple[Table, list[Row]]:
        """The table, and a row for each of these values; their ids are kept."""
        rows = [self._common | {name: make() for name, make in self._makers.items()} | values for values in given]
        self.ids = [row.get("id") for row in rows]
        return self._table, rows


_STATUSES, _PRIORITIES = list(TaskStatus), list(TaskPriority)
