"""The demo data: two tenants with five users, projects and tasks, a ledger, a shop with orders, documents and articles.

A fixed random seed makes the data the same on every machine, except ids and timestamps.
"""

import datetime
import random
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select

from database.authentication import Credentials
from database.engine import Database
from models import Project, Task, Team, Tenant, Worker
from models.base import utc_now
from models.membership import Role
from models.relations import table_of
from models.task import TaskPriority, TaskStatus
from server.seed import names
from server.seed.demo_users import DEMO_USERS, PASSWORD, TENANTS
from server.seed.ledger import seed_ledger
from server.seed.library import seed_library
from server.seed.shop import seed_shop
from services.core import records
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import run_use_case
from services.people import user as user_service
from services.people.passwords import Passwords
from services.work import task

CHANGED_TASKS = 5
"""The newest tasks have a history: each of these changes is an entry of the audit."""
TASK_CHANGES: tuple[tuple[Role, dict[str, Any]], ...] = (
    (Role.MEMBER, {"status": TaskStatus.IN_PROGRESS}),
    (Role.ADMIN, {"priority": TaskPriority.HIGH, "due_date": datetime.date(2027, 3, 1)}),
    (Role.MEMBER, {"status": TaskStatus.DONE}),
)


async def seed_demo(database: Database, passwords: Passwords) -> bool:
    """Load the demo data; return False if they exist already."""
    async with database.read_engine.connect() as connection:
        tenant = table_of(Tenant)
        tenant_id = await connection.scalar(select(tenant.c.id).where(tenant.c.slug == "demo"))
    if tenant_id is not None:
        return False
    members = await run_use_case(database, Credentials(), lambda work: create_members(work, passwords))
    for slug, user_ids in members.items():
        seeder = _WorkSeeder(slug, user_ids.get(Role.MEMBER))
        tasks = await run_use_case(database, Credentials(user_ids[Role.OWNER], slug), seeder.create_work)
        for role, values in TASK_CHANGES:
            if role in user_ids:
                change = partial(_update_tasks, tasks[-CHANGED_TASKS:], values)
                await run_use_case(database, Credentials(user_ids[role], slug), change)
    await seed_ledger(database, "demo", members["demo"])
    await seed_shop(database, "demo", members["demo"])
    await seed_library(database, "demo", members["demo"])
    return True


async def create_members(work: UnitOfWork, passwords: Passwords) -> dict[str, dict[Role, UUID]]:
    """Create the tenants and their members; return the ids of the first user of each role, by slug and role."""
    tenants = {slug: await user_service.add_tenant(work, name, slug) for slug, name in TENANTS.items()}
    members: dict[str, dict[Role, UUID]] = {slug: {} for slug in TENANTS}
    for email, demo_user in DEMO_USERS.items():
        values = {"email": email, "full_name": demo_user.name, "is_superuser": demo_user.is_superuser}
        user = await user_service.add_user(work, passwords, values, PASSWORD)
        user.email_verified_at = utc_now()  # so that they can add passkeys and second factors
        for slug, role in demo_user.roles.items():
            await user_service.add_member(work, tenants[slug].id, user.id, role)
            members[slug].setdefault(role, user.id)
    return members


async def _update_tasks(tasks: list[Task], values: dict[str, Any], work: UnitOfWork) -> None:
    for row in tasks:
        await records.update(work, Task, row.id, values)


class _WorkSeeder:
    """Creates the teams, workers, projects and tasks of a tenant."""

    def __init__(self, slug: str, member_id: UUID | None) -> None:
        """`member_id` is the user whose account the first worker is linked to."""
        self.slug = slug
        self.member_id = member_id
        self.random = random.Random(slug)  # noqa: S311  (not for security)

    async def create_work(self, work: UnitOfWork) -> list[Task]:
        """Create teams, workers, projects, and tasks with assigned workers. Return the tasks."""
        tasks: list[Task] = []
        teams = [await records.create(work, Team, {"name": name}) for name in names.TEAMS]
        workers = [await records.create(work, Worker, self._worker_values(name, teams)) for name in names.WORKERS]
        projects = [await records.create(work, Project, values) for values in names.PROJECTS]
        for task_project in projects:
            for verb in names.VERBS:
                new_task = await records.create(work, Task, self._task_values(verb, task_project, workers))
                tasks.append(new_task)
                assigned = self.random.sample(workers, self.random.randint(0, 3))
                if assigned:
                    await task.assign_workers(work, new_task.id, [row.id for row in assigned])
        return tasks

    def _worker_values(self, name: str, teams: list[Any]) -> dict[str, Any]:
        email = f"{name.split(maxsplit=1)[0].lower()}@{self.slug}.test"
        return {
            "name": name,
            "email": email,
            "user_id": self.member_id if name == names.WORKERS[0] else None,
            "team_id": self.random.choice([*teams, None]) and self.random.choice(teams).id,
        }

    def _task_values(self, verb: str, task_project: Any, workers: list[Any]) -> dict[str, Any]:
        due = datetime.date(2027, 1, 1) + datetime.timedelta(days=self.random.randint(-90, 120))
        return {
            "title": f"{verb} the {self.random.choice(names.OBJECTS)}",
            "description": f"{verb} it with care, and record the result.",
            "status": self.random.choice(list(TaskStatus)),
            "priority": self.random.choice(list(TaskPriority)),
            "due_date": self.random.choice([due, due, None]),
            "project_id": task_project.id,
            "assignee_id": self.random.choice([*workers, None, None]) and self.random.choice(workers).id,
        }
