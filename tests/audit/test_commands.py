"""Commands are in the audit as well."""

from sqlalchemy import select

from database.authentication import SystemCredentials
from database.engine import Database
from models import AuditEntry, Tenant
from models.relations import table_of
from server.cli.database import run_with_database
from server.config.settings import Settings
from services.core.use_case import run_use_case
from tests.cli.conftest import allotment
from tests.support.command_line import CommandRunner

__all__ = ["allotment"]


def test_created_tenant_has_entries_of_the_operator(allotment: CommandRunner, settings: Settings) -> None:
    allotment("create-user", "ada@example.test", "--name", "Ada", "--password-stdin", input="Correct-horse-1!\n")
    assert allotment("create-tenant", "New", "--slug", "new", "--owner", "ada@example.test").exit_code == 0
    assert run_with_database(settings, list_entries) == [("Membership", "OPERATOR"), ("Tenant", "OPERATOR")]


async def list_entries(database: Database) -> list[tuple[str, str]]:
    """Return noun and actor of the entries of the only tenant."""
    async with database.read_engine.connect() as connection:
        (tenant,) = (await connection.execute(select(table_of(Tenant).c.id))).all()
    entry = table_of(AuditEntry)
    query = select(entry.c.noun, entry.c.actor_kind).order_by(entry.c.noun)
    rows = await run_use_case(database, SystemCredentials(tenant_id=tenant.id), lambda work: work.rows(query))
    return [(row.noun, row.actor_kind) for row in rows]
