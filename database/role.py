"""Checks that PostgreSQL's row-level security is in force: for the role that the server connects as, and per table.

Row-level security is the second line of defense behind the scoped statements of queries/scope.py.
"""

import logging
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

import models  # noqa: F401  (registers the tables)

logger = logging.getLogger("allotment.database")

_CURRENT_ROLE = text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
_TABLE_PROTECTION = text(
    "SELECT relname, relrowsecurity AND relforcerowsecurity AS is_enforced,"
    " EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid) AS has_policy"
    " FROM pg_class WHERE oid = ANY (SELECT to_regclass(quote_ident(name)) FROM unnest(cast(:names AS text[])) name)"
)


class RoleBypassesRls(Exception):
    """Row-level security does not bind the role that the server connects as."""


@dataclass(frozen=True)
class DatabaseRole:
    """The role that a connection has."""

    name: str
    is_superuser: bool
    bypasses_rls: bool

    @property
    def rls_error(self) -> str | None:
        """Why row-level security does not bind the role, and the remedy; None if it does."""
        if not (self.is_superuser or self.bypasses_rls):
            return None
        reason = "a superuser" if self.is_superuser else "BYPASSRLS"
        remedy = f'ALTER ROLE "{self.name}" NOSUPERUSER NOBYPASSRLS, or connect as another role that owns the tables'
        return f'The database role "{self.name}" is {reason}: row-level security does not bind it. {remedy}.'


async def load_database_role(connection: AsyncConnection) -> DatabaseRole:
    """Return the role of a connection to PostgreSQL."""
    return DatabaseRole(*(await connection.execute(_CURRENT_ROLE)).one())


async def check_database_role(connection: AsyncConnection, *, production: bool) -> None:
    """Check that row-level security binds the role: raise RoleBypassesRls in production, log a warning elsewhere."""
    if connection.dialect.name != "postgresql":
        return
    error = (await load_database_role(connection)).rls_error
    if error is not None and production:
        raise RoleBypassesRls(error)
    if error is not None:
        logger.warning("%s In production the server refuses to start like this.", error)


def list_tenant_tables() -> list[str]:
    """Return the names of the tables whose rows belong to a tenant."""
    tables = SQLModel.metadata.sorted_tables
    return [table.name for table in tables if "tenant_id" in table.primary_key.columns]


async def list_unprotected_tables(connection: AsyncConnection) -> list[str]:
    """Return the tenant tables without row-level security: not enabled, not forced, or without a policy."""
    protection = {
        row.relname: row for row in await connection.execute(_TABLE_PROTECTION, {"names": list_tenant_tables()})
    }
    return [
        name
        for name in list_tenant_tables()
        if name not in protection or not (protection[name].is_enforced and protection[name].has_policy)
    ]
