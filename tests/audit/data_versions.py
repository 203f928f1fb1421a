"""Compares changes of rows with those of the versions of their tables (services/core/data_version.py)."""

from collections.abc import Mapping
from typing import Any

from database.authentication import Credentials
from database.reader import Reader
from models.membership import Role
from models.relations import get_table
from services.core.data_version import read_data_version
from services.core.followed_tables import followed_tables
from tests.support.app_fixture import TenantFixture
from tests.support.conditional_client import wait_until_final
from tests.tenancy.tenant_rows import Dump

NOT_READ = {"password_hash", "last_login", "hash", "deleted_at", "is_active", "is_superuser"}
"""Columns of users that no declared field reads."""


async def read_versions(tenant: TenantFixture) -> dict[str, Any]:
    """Return the version of each followed table, as an owner of the tenant reads it."""
    await wait_until_final(tenant)
    reader = Reader(tenant.app_fixture.database, Credentials(tenant.users[Role.OWNER].id, tenant.slug))
    try:
        return {table: await read_data_version(reader, frozenset({table})) for table in followed_tables()}
    finally:
        await reader.close()


def changed_tables(before: Dump, after: Dump, tenant: TenantFixture) -> set[str]:
    """Return the tables of which rows of the tenant have changed."""
    return {table for table in followed_tables() if _rows_of(before, table, tenant) != _rows_of(after, table, tenant)}


def _rows_of(dump: Dump, table: str, tenant: TenantFixture) -> list[Mapping[str, Any]]:
    if table == "user":
        members = {row["user_id"] for row in dump["membership"] if row["tenant_id"] == tenant.id}
        rows = [row for row in dump[table] if row["id"] in members]
        names = [column.name for column in get_table(table).c if column.name not in NOT_READ]
        return [{name: row[name] for name in names} for row in rows]
    key = "id" if table == "tenant" else "tenant_id"
    return [row for row in dump[table] if row[key] == tenant.id]
