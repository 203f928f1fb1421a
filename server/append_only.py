"""Taking the triggers off tables that only grow, for as long as whole tenants are removed or put back.

Only who owns the tables can; the triggers are back when the transaction ends, however it ends.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel


@asynccontextmanager
async def changeable(connection: AsyncConnection) -> AsyncIterator[None]:
    """Within the block, and this transaction, rows of all tables can be changed and deleted."""
    if connection.dialect.name == "postgresql":
        tables = [name for name, table in SQLModel.metadata.tables.items() if table.info.get("append_only")]
        for name in tables:
            await connection.execute(text(f'ALTER TABLE "{name}" DISABLE TRIGGER USER'))
        yield
        for name in tables:
            await connection.execute(text(f'ALTER TABLE "{name}" ENABLE TRIGGER USER'))
    else:
        triggers = (await connection.execute(_TRIGGERS)).all()
        for name, _ in triggers:
            await connection.execute(text(f"DROP TRIGGER {name}"))
        yield
        for _, written in triggers:
            await connection.exec_driver_sql(written)


_TRIGGERS = text(
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%\\_refuses\\_%' ESCAPE '\\'"
)
