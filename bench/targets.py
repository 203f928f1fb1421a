"""The rows that workloads use. Reads and writes use different tenants, so that writes do not change what is read."""

import uuid
from dataclasses import dataclass

from bench.workloads import Workload
from server.seed.tenant_rows import owner_email
from tests.harness.sync_connection import SyncConnection

_SELECT_ID = "SELECT id FROM {} WHERE tenant_id = $1 ORDER BY id DESC OFFSET 3 LIMIT 1"


@dataclass(frozen=True)
class TargetTenant:
    """A tenant of the data set, and the rows that operations refer to by id."""

    slug: str
    email: str
    tenant_id: uuid.UUID
    user_id: uuid.UUID
    project_id: uuid.UUID
    worker_id: uuid.UUID
    task_id: uuid.UUID


@dataclass(frozen=True)
class Targets:
    """The tenants for reads and for writes."""

    read: TargetTenant
    write: TargetTenant

    def for_workload(self, workload: Workload) -> TargetTenant:
        """Return the tenant for the workload."""
        return self.write if workload.writes else self.read


def find_targets(connection: SyncConnection) -> Targets:
    """Return the first two tenants of the data set."""
    return Targets(find_tenant(connection, "bench-0"), find_tenant(connection, "bench-1"))


def find_tenant(connection: SyncConnection, slug: str) -> TargetTenant:
    email = owner_email(slug)
    tenant_id = _fetch_id(connection, "SELECT id FROM tenant WHERE slug = $1", slug)
    user_id = _fetch_id(connection, 'SELECT id FROM "user" WHERE email = $1', email)
    rows = {
        f"{table}_id": _fetch_id(connection, _SELECT_ID.format(table), tenant_id)
        for table in ("project", "worker", "task")
    }
    return TargetTenant(slug, email, tenant_id, user_id, **rows)


def _fetch_id(connection: SyncConnection, sql: str, argument: object) -> uuid.UUID:
    """Return the id as a standard UUID; asyncpg returns a UUID class of its own."""
    return uuid.UUID(int=connection.fetch_value(sql, argument).int)
