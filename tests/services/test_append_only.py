"""Events stay as they are, whoever asks the database to change or delete them."""

from typing import Any

import pytest
from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.exc import DBAPIError

from models import Event
from models.ids import new_id
from models.relations import table_of
from server.append_only import changeable
from server.database import Database
from tests.services.streams import OPENED, append
from tests.support.scene import stored
from tests.support.world import World

TENANT = text("SELECT set_config('app.tenant_id', :tenant, true)")


def _statements(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    here = table.c.tenant_id == row["tenant_id"]
    return {
        "an update": update(table).where(here).values(type="Nothing"),
        "an update that changes nothing": update(table).where(here).values(type=table.c.type),
        "a delete": delete(table).where(here),
        "a delete of one": delete(table).where(here, table.c.id == row["id"]),
    }


_SQLITE = {
    "a replacement": "INSERT OR REPLACE INTO event SELECT * FROM event",
    "a replacement by another key": "REPLACE INTO event SELECT tenant_id, lower(hex(randomblob(16))), stream_type, "
    "stream_id, version, type, schema_version, data, meta, created_at, position, transaction_id FROM event",
    "an upsert": "INSERT INTO event SELECT * FROM event WHERE true ON CONFLICT DO UPDATE SET type = 'Nothing'",
}
_POSTGRESQL = {
    "a truncation": "TRUNCATE event",
    "a truncation of what it points at": "TRUNCATE tenant CASCADE",
    "an upsert": "INSERT INTO event SELECT * FROM event ON CONFLICT (tenant_id, id) DO UPDATE SET type = 'Nothing'",
}


async def test_the_database_refuses_to_change_or_delete_events(world: World, database: Database) -> None:
    await append(world.here, new_id(), OPENED)
    (before,) = await stored(world.here, Event)
    raw = _SQLITE if database.dialect == "sqlite" else _POSTGRESQL
    tried = _statements(table_of(Event), before) | {name: text(statement) for name, statement in raw.items()}
    for name, statement in tried.items():
        async with database.writing.connect() as connection:
            if database.dialect == "postgresql":
                await connection.execute(TENANT, {"tenant": str(world.here.tenant_id)})
            with pytest.raises(DBAPIError, match="append-only"):
                await connection.execute(statement)
        assert await stored(world.here, Event) == [before], name


async def test_who_owns_the_tables_can_make_an_exception_that_ends_with_it(world: World, database: Database) -> None:
    await append(world.here, new_id(), OPENED)
    table = table_of(Event)
    tenant = {"tenant": str(world.here.tenant_id)}
    for number in (1, 0):
        async with database.writing.begin() as connection, changeable(connection):
            if database.dialect == "postgresql":
                await connection.execute(TENANT, tenant)
            assert (await connection.execute(delete(table))).rowcount == number
    await append(world.here, new_id(), OPENED)
    for end in ("commit", "rollback"):
        async with database.writing.connect() as connection:
            async with changeable(connection):
                await connection.execute(select(table))
            await getattr(connection, end)()
        async with database.writing.connect() as connection:
            if database.dialect == "postgresql":
                await connection.execute(TENANT, tenant)
            with pytest.raises(DBAPIError, match="append-only"):
                await connection.execute(delete(table))
