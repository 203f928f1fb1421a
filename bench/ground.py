"""Which rows of the set are asked for: one tenant is read, another is written to, so that reading stays the same."""

import uuid
from dataclasses import dataclass

from bench.workloads import Workload
from server.seed.plot import owner_of
from tests.harness.console import Console

_ONE = "SELECT id FROM {} WHERE tenant_id = $1 ORDER BY id DESC OFFSET 3 LIMIT 1"


@dataclass(frozen=True)
class Plot:
    """A tenant of the set, and the rows in it that operations name."""

    slug: str
    email: str
    tenant_id: uuid.UUID
    user_id: uuid.UUID
    project_id: uuid.UUID
    worker_id: uuid.UUID
    task_id: uuid.UUID


@dataclass(frozen=True)
class Ground:
    """Where operations take place."""

    reading: Plot
    writing: Plot

    def of(self, workload: Workload) -> Plot:
        """Where this one takes place."""
        return self.writing if workload.writes else self.reading


def find_ground(console: Console) -> Ground:
    """The first two tenants of the set."""
    return Ground(_plot(console, "bench-0"), _plot(console, "bench-1"))


def _plot(console: Console, slug: str) -> Plot:
    email = owner_of(slug)
    tenant_id = _id(console, "SELECT id FROM tenant WHERE slug = $1", slug)
    user_id = _id(console, 'SELECT id FROM "user" WHERE email = $1', email)
    rows = {f"{table}_id": _id(console, _ONE.format(table), tenant_id) for table in ("project", "worker", "task")}
    return Plot(slug, email, tenant_id, user_id, **rows)


def _id(console: Console, sql: str, argument: object) -> uuid.UUID:
    """The driver's own kind of UUID is none that everybody knows."""
    return uuid.UUID(int=console.value(sql, argument).int)
