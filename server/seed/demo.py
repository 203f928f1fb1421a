"""The demo: two tenants, four people to sign in as, and enough work and trade to make the explorer interesting.

The numbers come from a fixed seed, so that everybody's demo is the same.
"""

import datetime
import random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from models import Tenant
from models.membership import Role
from models.relations import table_of
from models.task import TaskPriority, TaskStatus
from queries.caller import Caller
from server.database import Database
from server.seed import words
from server.seed.shop import seed_shop
from services import people, project, task, team, worker
from services.passwords import Passwords
from services.unit_of_work import UnitOfWork, perform

PASSWORD = "Allotment-demo-1!"  # noqa: S105  (public on purpose)
MEMBERS = {
    "owner@demo.test": ("demo", "Olive Owner", Role.OWNER),
    "admin@demo.test": ("demo", "Adam Admin", Role.ADMIN),
    "member@demo.test": ("demo", "Mia Member", Role.MEMBER),
    "owner@other.test": ("other", "Otto Other", Role.OWNER),
}
TENANTS = {"demo": "Demo Gardens", "other": "Other Orchards"}


async def seed_demo(database: Database, passwords: Passwords) -> bool:
    """Load the demo, unless it is there already; whether it was loaded."""
    async with database.reading.connect() as connection:
        tenant = table_of(Tenant)
        found = await connection.scalar(select(tenant.c.id).where(tenant.c.slug == "demo"))
    if found is not None:
        return False
    members = await perform(database.writing, Caller(), lambda work: _people(work, passwords))
    for slug, found in members.items():
        await perform(database.writing, Caller(found[Role.OWNER], slug), _Plot(slug).fill)
    await seed_shop(database, "demo", members["demo"])
    return True


async def _people(work: UnitOfWork, passwords: Passwords) -> dict[str, dict[Role, UUID]]:
    tenants = {slug: await people.add_tenant(work, name, slug) for slug, name in TENANTS.items()}
    members: dict[str, dict[Role, UUID]] = {slug: {} for slug in TENANTS}
    for email, (slug, name, role) in MEMBERS.items():
        user = await people.add_user(work, passwords, {"email": email, "full_name": name}, PASSWORD)
        await people.add_member(work, tenants[slug].id, user.id, role)
        members[slug][role] = user.id
    return members


class _Plot:
    """One tenant's work."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.random = random.Random(slug)  # noqa: S311  (nothing secret)

    async def fill(self, work: UnitOfWork) -> None:
        """Teams, their workers, projects, and tasks with workers on them."""
        teams = [await team.create_team(work, {"name": name}) for name in words.TEAMS]
        workers = [await worker.create_worker(work, self.worker(name, teams)) for name in words.WORKERS]
        projects = [await project.create_project(work, values) for values in words.PROJECTS]
        for each in projects:
            for verb in words.VERBS:
                made = await task.create_task(work, self.task(verb, each, workers))
                on_it = self.random.sample(workers, self.random.randint(0, 3))
                if on_it:
                    await task.assign_workers(work, made.id, [one.id for one in on_it])

    def worker(self, name: str, teams: list[Any]) -> dict[str, Any]:
        """A worker of some team, or of none."""
        email = f"{name.split(maxsplit=1)[0].lower()}@{self.slug}.test"
        return {
            "name": name,
            "email": email,
            "team_id": self.random.choice([*teams, None]) and self.random.choice(teams).id,
        }

    def task(self, verb: str, of: Any, workers: list[Any]) -> dict[str, Any]:
        """A task of a project."""
        due = datetime.date(2027, 1, 1) + datetime.timedelta(days=self.random.randint(-90, 120))
        return {
            "title": f"{verb} the {self.random.choice(words.THINGS)}",
            "description": f"{verb} it with care, and write down what came of it.",
            "status": self.random.choice(list(TaskStatus)),
            "priority": self.random.choice(list(TaskPriority)),
            "due_date": self.random.choice([due, due, None]),
            "project_id": of.id,
            "assignee_id": self.random.choice([*workers, None, None]) and self.random.choice(workers).id,
        }
