"""Disable the triggers of append-only tables while whole tenants are deleted or restored.

This requires the owner of the tables. The triggers are in force again when the block ends, and after a rollback.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

_SQLITE_TRIGGERS = text(
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%\\_refuses\\_%' ESCAPE '\\'"
)


@asynccontextmanager
async def disable_append_only_triggers(connection: AsyncConnection) -> AsyncIterator[None]:
    """Allow updates and deletes in all tables within the block, for this transaction."""
    if connection.dialect.name == "postgresql":
        tables = [name for name, table in SQLModel.metadata.tables.items() if table.info.get("append_only")]
        for name in tables:
            await connection.execute(text(f'ALTER TABLE "{name}" DISABLE TRIGGER USER'))
        yield
        for name in tables:
            await connection.execute(text(f'ALTER TABLE "{name}" ENABLE TRIGGER USER'))
    else:
        triggers = (await connection.execute(_SQLITE_TRIGGERS)).all()
        for name, _ in triggers:
            await connection.execute(text(f"DROP TRIGGER {name}"))
        yield
        for _, create_sql in triggers:
            await connection.exec_driver_sql(create_sql)
