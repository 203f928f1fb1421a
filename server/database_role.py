"""Whether PostgreSQL's row-level security binds us: the wall behind queries/scope.py must not stand open."""

import logging
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

import models  # noqa: F401  (registers the tables)

log = logging.getLogger("allotment.database")

_ROLE = text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
_PROTECTED = text(
    "SELECT relname, relrowsecurity AND relforcerowsecurity AS walled,"
    " EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid) AS ruled"
    " FROM pg_class WHERE oid = ANY (SELECT to_regclass(quote_ident(name)) FROM unnest(cast(:names AS text[])) name)"
)


class UnboundRole(Exception):
    """Row-level security does not bind the role that the server connects as."""


@dataclass(frozen=True)
class Role:
    """Whom the server connects as."""

    name: str
    is_superuser: bool
    bypasses: bool

    @property
    def problem(self) -> str | None:
        """What is wrong with it, and what to do; nothing for a role that policies bind."""
        if not (self.is_superuser or self.bypasses):
            return None
        kind = "a superuser" if self.is_superuser else "BYPASSRLS"
        mend = f'ALTER ROLE "{self.name}" NOSUPERUSER NOBYPASSRLS, or connect as another role that owns the tables'
        return f'The database role "{self.name}" is {kind}: row-level security does not bind it. {mend}.'


async def role_of(connection: AsyncConnection) -> Role:
    """Whom this connection to PostgreSQL is made as."""
    return Role(*(await connection.execute(_ROLE)).one())


async def check_role(connection: AsyncConnection, *, production: bool) -> None:
    """UnboundRole in production, elsewhere a warning, when tenants are kept apart by the application alone."""
    if connection.dialect.name != "postgresql":
        return
    problem = (await role_of(connection)).problem
    if problem is not None and production:
        raise UnboundRole(problem)
    if problem is not None:
        log.warning("%s In production the server refuses to start like this.", problem)


def tenant_tables() -> list[str]:
    """The tables whose rows belong to a tenant."""
    tables = SQLModel.metadata.sorted_tables
    return [table.name for table in tables if "tenant_id" in table.primary_key.columns]


async def open_tables(connection: AsyncConnection) -> list[str]:
    """The tenants' tables that row-level security does not protect: not enabled, not forced, or without a policy."""
    found = {row.relname: row for row in await connection.execute(_PROTECTED, {"names": tenant_tables()})}
    return [name for name in tenant_tables() if name not in found or not (found[name].walled and found[name].ruled)]
