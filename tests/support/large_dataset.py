"""A tenant with enough rows for the largest responses: 100 projects, 10,000 tasks, and 10 workers on each task."""

from sqlalchemy import func, insert, literal, select, true, update

from database.engine import Database
from models import Task, TaskWorker, Worker
from models.relations import table_of
from server.seed.bench import PASSWORD, list_bench_tenants, seed_bench
from server.seed.tenant_rows import DatasetSize, owner_email
from services.people.passwords import Passwords

SLUG = "bench-0"
OWNER = {"email": owner_email(SLUG), "password": PASSWORD}
SIZE = DatasetSize(tenants=1, teams=10, projects=100, workers=100, tasks=10_000)
WORKERS_PER_TASK = 10


async def insert_large_dataset(database: Database, description: str) -> None:
    """Insert the rows. Each task has this description."""
    await seed_bench(database, Passwords(4), SIZE)
    tenant_id = (await list_bench_tenants(database))[SLUG]
    task, worker, link = table_of(Task), table_of(Worker), table_of(TaskWorker)
    async with database.write_engine.begin() as connection:
        if database.dialect == "postgresql":
            await connection.execute(select(func.set_config("app.tenant_id", str(tenant_id), True)))
        await connection.execute(update(task).values(description=description))
        workers = select(worker.c.id).order_by(worker.c.id).limit(WORKERS_PER_TASK).subquery()
        pairs = select(literal(tenant_id), task.c.id, workers.c.id).select_from(task).join(workers, true())
        known = select(link.c.task_id, link.c.worker_id)
        columns = ["tenant_id", "task_id", "worker_id"]
        new_pairs = pairs.where(~known.where(link.c.task_id == task.c.id, link.c.worker_id == workers.c.id).exists())
        await connection.execute(insert(link).from_select(columns, new_pairs))
