"""A tenant with enough rows for large responses: tasks with long descriptions and ten workers each."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from sqlalchemy import func, insert, literal, select, true, update

from database.engine import Database
from models import Project, Task, TaskWorker, Worker
from models.relations import table_of
from server.database_factory import build_database
from server.seed.bench import PASSWORD, list_bench_tenants, seed_bench
from server.seed.tenant_rows import DatasetSize, owner_email
from services.people.passwords import Passwords
from tests.support.server_process import ServerProcess
from tests.support.settings import build_settings

SLUG = "bench-0"
WORKERS_PER_TASK = 10
DESCRIPTION = 'Ten\twords, a few of them quoted: »plow« and "sow".\n' * 38
TIMEOUT_SECONDS = 300
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
NO_BUDGETS = {"COST_PER_SECOND_PRINCIPAL": "0", "COST_PER_SECOND_TENANT": "0"}


async def insert_large_dataset(database_url: str, size: DatasetSize) -> None:
    """Insert the rows into a migrated database."""
    database = build_database(build_settings(database_url))
    try:
        await seed_bench(database, Passwords(4), size)
        await _extend_rows(database)
    finally:
        await database.close()


async def _extend_rows(database: Database) -> None:
    """Set the descriptions of all tasks and projects, and assign ten workers to each task."""
    tenant_id = (await list_bench_tenants(database))[SLUG]
    task, worker, link = table_of(Task), table_of(Worker), table_of(TaskWorker)
    workers = select(worker.c.id).order_by(worker.c.id).limit(WORKERS_PER_TASK).subquery()
    assigned = select(link.c.task_id).where(link.c.task_id == task.c.id, link.c.worker_id == workers.c.id)
    pairs = select(literal(tenant_id), task.c.id, workers.c.id).select_from(task).join(workers, true())
    async with database.write_engine.begin() as connection:
        if database.dialect == "postgresql":
            await connection.execute(select(func.set_config("app.tenant_id", str(tenant_id), True)))
        for table in (task, table_of(Project)):
            await connection.execute(update(table).values(description=DESCRIPTION))
        columns = ["tenant_id", "task_id", "worker_id"]
        await connection.execute(insert(link).from_select(columns, pairs.where(~assigned.exists())))


class LargeServer:
    """A server process with these rows, and a client of the tenant's owner that sends requests over a socket."""

    def __init__(self, process: ServerProcess, http: httpx.Client) -> None:
        self.process = process
        self.http = http

    def post(self, query: str) -> httpx.Response:
        return self.http.post("/graphql", json={"query": query})


@contextmanager
def run_large_server(folder: Path, database_url: str, **variables: str) -> Iterator[LargeServer]:
    """Start a server on a database with these rows, and sign in."""
    credentials = {"email": owner_email(SLUG), "password": PASSWORD}
    with ServerProcess(folder, database_url, **NO_BUDGETS, **variables) as process:
        headers = {"X-Tenant": SLUG}
        with httpx.Client(base_url=process.url, headers=headers, timeout=TIMEOUT_SECONDS) as http:
            body = {"query": LOGIN, "variables": {"input": credentials}}
            token = http.post("/graphql", json=body).json()["data"]["login"]["accessToken"]
            http.headers["Authorization"] = f"Bearer {token}"
            yield LargeServer(process, http)
