"""Disable the triggers of append-only tables while old audit entries are deleted, or whole tenants in tests.

This requires the owner of the tables. The triggers are in force again when the block ends, and after a rollback.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from database.citus import ALLOW_TRIGGERS, CHANGE_SHARDS_IN_TURN

_SQLITE_TRIGGERS = text(
    "SELECT name, sql, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%\\_refuses\\_%' ESCAPE '\\'"
)


@asynccontextmanager
async def disable_append_only_triggers(connection: AsyncConnection, *only: str) -> AsyncIterator[None]:
    """Allow updates and deletes in all tables, or only in these, within the block, for this transaction."""
    append_only = [name for name, table in SQLModel.metadata.tables.items() if table.info.get("append_only")]
    tables = only or append_only
    if connection.dialect.name == "postgresql":
        for setting in (ALLOW_TRIGGERS, CHANGE_SHARDS_IN_TURN):
            await connection.execute(text(setting))
        for name in tables:
            await connection.execute(text(f'ALTER TABLE "{name}" DISABLE TRIGGER USER'))
        yield
        for name in tables:
            await connection.execute(text(f'ALTER TABLE "{name}" ENABLE TRIGGER USER'))
    else:
        triggers = [row for row in await connection.execute(_SQLITE_TRIGGERS) if row.tbl_name in tables]
        for trigger in triggers:
            await connection.execute(text(f"DROP TRIGGER {trigger.name}"))
        yield
        for trigger in triggers:
            await connection.exec_driver_sql(trigger.sql)
