"""Measures mutations of 1,000 tasks, beside mutations of one task each, and beside `executemany`: plain, and with an
entry of the audit for each row, as the mutations write.

    python -m bench.bulk [--short]

It starts its own PostgreSQL server. The mutations are whole GraphQL requests in this process: parsed, authenticated,
validated, audited and committed. `executemany` is what asyncpg does with the same rows in one transaction, as a role
that is subject to row-level security, without any of this. The ratios are what counts.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import uvloop

from bench.in_process_worker import AsgiClient
from database.authentication import Credentials
from database.engine import Database
from models import Project
from models.base import utc_now
from models.ids import new_id, parse_id, public_id
from models.membership import Role
from server.app import create_app
from server.config.settings import load_settings
from server.database_revision import upgrade_database
from services.core import records
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.people import user
from services.people.passwords import Passwords
from tests.harness.cluster import Cluster

ROWS = 1_000
PASSWORD = "Allotment-bench-1!"  # noqa: S105
COLUMNS = ("tenant_id", "id", "created_at", "updated_at", "version")
WRITTEN = ("title", "description", "status", "priority", "due_date", "project_id")
DESCRIPTION = "Remove the weeds between the rows, and water the seedlings afterwards."
INSERT = f"INSERT INTO task ({', '.join(COLUMNS + WRITTEN)}) VALUES ($1, $2, $3, $3, 1, $4, $5, $6, $7, $8, $9)"  # noqa: S608
UPDATE = "UPDATE task SET title = $3, updated_at = $4, version = version + 1 WHERE tenant_id = $1 AND id = $2"
DELETE = "DELETE FROM task WHERE tenant_id = $1 AND id = $2"
ENTRY = """
    INSERT INTO audit_entry (
        tenant_id, id, object_id, action, after, changed_fields, created_at, noun, version, actor_kind, before,
        epoch, log_transaction
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'Task', 1, 'USER', '{}', read_log_epoch(), pg_current_xact_id()::text::bigint)
"""
RESULTS = "{ succeeded results { task { id version } userErrors { code field message } } userErrors { code field } }"
RESULT = "{ task { id version } userErrors { code field message } }"
DELETIONS = "{ succeeded results { deletedId userErrors { code field message } } userErrors { code field } }"
OTHERS = ("one by one", "executemany", "with entries")
Speeds = tuple[float, float, float, float]
"""Rows per second: the mutation of all rows, mutations of one, `executemany`, and the same with entries."""
DOCUMENTS = {
    "login": "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
    "createTask": f"mutation ($input: CreateTaskInput!) {{ createTask(input: $input) {RESULT} }}",
    "updateTask": f"mutation ($id: ID!, $input: UpdateTaskInput!) {{ updateTask(id: $id, input: $input) {RESULT} }}",
    "deleteTask": "mutation ($id: ID!) { deleteTask(id: $id) { deletedId userErrors { code } } }",
    "bulkCreateTasks": f"mutation ($inputs: [CreateTaskInput!]!) {{ bulkCreateTasks(inputs: $inputs) {RESULTS} }}",
    "bulkUpdateTasks": f"mutation ($rows: [BulkUpdateTaskInput!]) {{ bulkUpdateTasks(updates: $rows) {RESULTS} }}",
    "bulkDeleteTasks": f"mutation ($ids: [ID!]) {{ bulkDeleteTasks(ids: $ids) {DELETIONS} }}",
}


@dataclass
class Tasks:
    """The tasks of a tenant, written by GraphQL requests and by plain statements."""

    client: AsgiClient
    connection: asyncpg.Connection
    headers: dict[str, str]
    tenant_id: UUID
    project_id: UUID

    async def send(self, name: str, **variables: Any) -> Any:
        """Send a mutation and return its payload."""
        _, (payload,) = await self.measure(1, name, [variables])
        return payload

    async def measure(self, rows: int, name: str, requests: Sequence[dict[str, Any]]) -> tuple[float, list[Any]]:
        """Send mutations with these variables, one after the other. Return how many rows were written per second,
        without the time in which the client encodes and decodes JSON, and the payloads."""
        bodies = [json.dumps({"query": DOCUMENTS[name], "variables": variables}).encode() for variables in requests]
        start = time.perf_counter()
        responses = [await self.client.post(body, self.headers) for body in bodies]
        speed = rows / (time.perf_counter() - start)
        return speed, [_payload(name, json.loads(response)) for response in responses]

    def input(self, number: int) -> dict[str, Any]:
        """Return the input of a new task."""
        reference = {"projectId": public_id("project", self.project_id)}
        choices = {"status": "TODO", "priority": "HIGH", "dueDate": "2027-05-01"}
        return {"title": f"Weed bed {number}", "description": DESCRIPTION, **choices, **reference}

    async def execute_many(
        self, statement: str, rows: list[tuple[Any, ...]], entries: Sequence[tuple[Any, ...]] = ()
    ) -> None:
        """Run a statement for each row, and insert entries of the audit, in one transaction."""
        async with self.connection.transaction():
            await self.connection.fetch("SELECT set_config('app.tenant_id', $1, true)", str(self.tenant_id))
            await self.connection.executemany(statement, rows)
            if entries:
                await self.connection.executemany(ENTRY, entries)

    def row(self, number: int) -> tuple[Any, ...]:
        """Return the values of a new row."""
        values = (f"Weed bed {number}", DESCRIPTION, "TODO", "HIGH", date(2027, 5, 1), self.project_id)
        return (self.tenant_id, new_id(), utc_now(), *values)

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the values of as many new rows as a mutation writes."""
        return [self.row(number) for number in range(ROWS)]

    def changes(self, ids: Sequence[str], title: str) -> list[tuple[Any, ...]]:
        """Return the parameters of UPDATE."""
        return [(self.tenant_id, parse_id("task", id), f"{title} {id}", utc_now()) for id in ids]

    def entries(self, action: str, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return the values of entries of the audit with the values of these rows."""
        contents = [orjson.dumps(dict(zip(WRITTEN, row[2:], strict=False))).decode() for row in rows]
        names = f" {' '.join(WRITTEN)} "
        return [
            (self.tenant_id, new_id(), row[1], action, content, names, utc_now())
            for row, content in zip(rows, contents, strict=True)
        ]


def _payload(name: str, response: Any) -> Any:
    if "errors" in response or response["data"][name].get("userErrors"):
        raise SystemExit(f"{name} failed: {response}")
    return response["data"][name]


async def measure_many(
    tasks: Tasks, statement: str, rows: list[tuple[Any, ...]], entries: Sequence[tuple[Any, ...]] = ()
) -> float:
    """Return how many rows per second `executemany` writes, with these entries of the audit."""
    start = time.perf_counter()
    await tasks.execute_many(statement, rows, entries)
    return len(rows) / (time.perf_counter() - start)


async def measure_round(tasks: Tasks, singles: int) -> dict[str, Speeds]:
    """Create, update and delete tasks in all ways."""
    inputs = [tasks.input(number) for number in range(ROWS)]
    single, payloads = await tasks.measure(singles, "createTask", [{"input": input} for input in inputs[:singles]])
    bulk, (payload,) = await tasks.measure(ROWS, "bulkCreateTasks", [{"inputs": inputs}])
    many = await measure_many(tasks, INSERT, tasks.rows())
    audited = await measure_many(tasks, INSERT, rows := tasks.rows(), tasks.entries("CREATED", rows))
    own, others = [row["task"]["id"] for row in payloads], [row["task"]["id"] for row in payload["results"]]
    return {
        "create": (bulk, single, many, audited),
        "update": await measure_updates(tasks, own, others),
        "delete": await measure_deletions(tasks, own, others),
    }


async def measure_updates(tasks: Tasks, singles: list[str], ids: list[str]) -> Speeds:
    """Give each task a title of its own."""
    updates = [{"id": id, "input": {"title": f"Weed bed {id}"}} for id in ids]
    each = [{"id": id, "input": {"title": f"Weed bed {id}"}} for id in singles]
    single, _ = await tasks.measure(len(each), "updateTask", each)
    bulk, _ = await tasks.measure(ROWS, "bulkUpdateTasks", [{"rows": updates}])
    many = await measure_many(tasks, UPDATE, tasks.changes(ids, "Weed"))
    audited = await measure_many(tasks, UPDATE, rows := tasks.changes(ids, "Hoe"), tasks.entries("UPDATED", rows))
    return bulk, single, many, audited


async def measure_deletions(tasks: Tasks, singles: list[str], ids: list[str]) -> Speeds:
    """Delete the tasks; for `executemany`, as many others."""
    single, _ = await tasks.measure(len(singles), "deleteTask", [{"id": id} for id in singles])
    bulk, _ = await tasks.measure(ROWS, "bulkDeleteTasks", [{"ids": ids}])
    first, second = tasks.rows(), tasks.rows()
    await tasks.execute_many(INSERT, first + second)
    many = await measure_many(tasks, DELETE, [row[:2] for row in first])
    audited = await measure_many(tasks, DELETE, [row[:2] for row in second], tasks.entries("DELETED", second))
    return bulk, single, many, audited


async def create_tenant(database: Database) -> tuple[UUID, UUID]:
    """Create a tenant with a project; return the ids of both."""

    async def create(work: UnitOfWork) -> tuple[UUID, UUID]:
        values = {"email": "owner@bench.test", "full_name": "Owner"}
        owner = await user.add_user(work, Passwords(4), values, PASSWORD)
        tenant = await user.add_tenant(work, "Bench", "bench")
        await user.add_member(work, tenant.id, owner.id, Role.OWNER)
        return owner.id, tenant.id

    owner_id, tenant_id = await run_use_case(database, Credentials(), create)
    values = {"name": "Spring"}
    project = await run_use_case(
        database, Credentials(owner_id, "bench"), lambda work: records.create(work, Project, values)
    )
    return tenant_id, project.id


async def run(url: str, *, short: bool) -> None:
    """Measure, and print the medians of the rounds."""
    settings = load_settings(None, environment="test", database_url=url, secret_key="x" * 40)
    app, connection = create_app(settings), await asyncpg.connect(url)
    async with app.router.lifespan_context(app):
        tenant_id, project_id = await create_tenant(app.state.database)
        tasks = Tasks(AsgiClient(app), connection, {"x-tenant": "bench"}, tenant_id, project_id)
        token = await tasks.send("login", input={"email": "owner@bench.test", "password": PASSWORD})
        tasks.headers["authorization"] = f"Bearer {token['accessToken']}"
        for _ in range(1 if short else 3):
            await measure_round(tasks, 20)  # warm up
        rounds = [await measure_round(tasks, 50 if short else 300) for _ in range(1 if short else 7)]
    await connection.close()
    print("".join(map("{:>18}".format, ("rows per second", "1,000 at once", *OTHERS))))
    for name in rounds[0]:
        bulk, *others = (median(figures) for figures in zip(*(each[name] for each in rounds), strict=True))
        figures = (f"{other:,.0f} ({bulk / other:.2f} x)" for other in others)
        print("".join(map("{:>18}".format, (name, f"{bulk:,.0f}", *figures))))


def main() -> None:
    """Run the benchmark."""
    with Cluster(replicas=0) as cluster:
        cluster.execute("CREATE DATABASE bench OWNER allotment")
        url = cluster.dsn(database="bench")
        upgrade_database(url)
        uvloop.run(run(url, short="--short" in sys.argv))


if __name__ == "__main__":
    main()
