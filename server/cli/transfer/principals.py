"""Who imports and exports: the operator of the server, or a user."""

from uuid import UUID

from sqlalchemy import select

from database.authentication import Credentials
from database.engine import Database
from models import User
from models.relations import table_of
from server.cli.errors import CommandFailed
from server.cli.events import load_tenants


async def find_credentials(database: Database, slug: str, email: str | None = None) -> tuple[Credentials, UUID]:
    """Return the credentials of a user in a tenant, or else those of the operator, and the id of the tenant. Raises
    CommandFailed if the user or the tenant does not exist."""
    operator = (await load_tenants(database, slug))[slug]
    assert operator.tenant_id is not None  # noqa: S101 -- for mypy
    if email is None:
        return operator, operator.tenant_id
    user = table_of(User)
    async with database.read_engine.connect() as connection:
        user_id = await connection.scalar(select(user.c.id).where(user.c.email == email.strip().lower()))
    if user_id is None:
        raise CommandFailed(f"--as: There is no user {email}.")
    return Credentials(user_id, slug), operator.tenant_id
