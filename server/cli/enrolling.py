"""Making users and tenants from the command line, through the same services as everything else."""

from sqlalchemy import select

from models import User
from models.membership import Role
from queries.caller import Caller
from server.cli.commands import Failed
from server.cli.database import run
from server.settings import load_settings
from services import people
from services.passwords import Passwords, check
from services.unit_of_work import UnitOfWork, perform


def enrol_user(email: str, name: str, password: str, *, is_superuser: bool) -> None:
    """Create a user; Failed or Refused if they cannot be."""
    check(password, "password", about=(email, name))
    settings = load_settings()
    values = {"email": email, "full_name": name, "is_superuser": is_superuser}

    async def enrol(work: UnitOfWork) -> None:
        await people.add_user(work, Passwords(settings.bcrypt_rounds), values, password)

    run(settings, lambda database: perform(database.writing, Caller(), enrol))


def enrol_tenant(name: str, slug: str, owner: str) -> None:
    """Create a tenant and its owner's membership; Failed or Refused if they cannot be."""

    async def enrol(work: UnitOfWork) -> None:
        user = User.__table__  # type: ignore[attr-defined]
        found = await work.rows(select(user.c.id).where(user.c.email == owner.strip().lower()))
        if not found:
            raise Failed(f"owner: There is no user {owner}; make one with: allotment create-user {owner} --name …")
        tenant = await people.add_tenant(work, name, slug)
        await people.add_member(work, tenant.id, found[0].id, Role.OWNER)

    run(load_settings(), lambda database: perform(database.writing, Caller(), enrol))
