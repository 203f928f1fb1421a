"""The event table is append-only: triggers reject updates and deletes."""

from typing import Any

import pytest
from sqlalchemy import Table, delete, select, text, update
from sqlalchemy.exc import DBAPIError

from database.append_only import disable_append_only_triggers
from database.authentication import set_tenant
from database.engine import Database
from models import Event
from models.ids import new_id
from models.relations import table_of
from tests.services.event_streams import ACCOUNT_OPENED, append_as_member
from tests.support.app_fixture import AppFixture
from tests.support.sample_data import fetch_table


def _build_statements(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    in_tenant = table.c.tenant_id == row["tenant_id"]
    return {
        "an update": update(table).where(in_tenant).values(type="Nothing"),
        "an update that changes nothing": update(table).where(in_tenant).values(type=table.c.type),
        "a delete": delete(table).where(in_tenant),
        "a delete of one row": delete(table).where(in_tenant, table.c.id == row["id"]),
    }


_SQLITE = {
    "a replacement": "INSERT OR REPLACE INTO event SELECT * FROM event",
    "a replacement by another key": "REPLACE INTO event SELECT tenant_id, lower(hex(randomblob(16))), stream_type, "
    "stream_id, version, type, schema_version, data, meta, created_at, epoch, log_transaction, position FROM event",
    "an upsert": "INSERT INTO event SELECT * FROM event WHERE true ON CONFLICT DO UPDATE SET type = 'Nothing'",
}
_POSTGRESQL = {
    "a truncation": "TRUNCATE event",
    "a truncation of a referenced table": "TRUNCATE tenant CASCADE",
    "an upsert": "INSERT INTO event SELECT * FROM event ON CONFLICT (tenant_id, id) DO UPDATE SET type = 'Nothing'",
}


async def test_database_rejects_updates_and_deletes_of_events(app_fixture: AppFixture, database: Database) -> None:
    await append_as_member(app_fixture.tenant, new_id(), ACCOUNT_OPENED)
    (before,) = await fetch_table(app_fixture.tenant, Event)
    raw_sql = _SQLITE if database.dialect == "sqlite" else _POSTGRESQL
    statements = _build_statements(table_of(Event), before) | {
        name: text(statement) for name, statement in raw_sql.items()
    }
    for name, statement in statements.items():
        async with database.write_engine.connect() as connection:
            await set_tenant(connection, app_fixture.tenant.id)
            with pytest.raises(DBAPIError, match="append-only"):
                await connection.execute(statement)
        assert await fetch_table(app_fixture.tenant, Event) == [before], name


async def test_table_owner_can_disable_the_triggers_for_one_transaction(
    app_fixture: AppFixture, database: Database
) -> None:
    await append_as_member(app_fixture.tenant, new_id(), ACCOUNT_OPENED)
    table = table_of(Event)
    for number in (1, 0):
        async with database.write_engine.begin() as connection, disable_append_only_triggers(connection):
            await set_tenant(connection, app_fixture.tenant.id)
            assert (await connection.execute(delete(table))).rowcount == number
    await append_as_member(app_fixture.tenant, new_id(), ACCOUNT_OPENED)
    for end in ("commit", "rollback"):
        async with database.write_engine.connect() as connection:
            async with disable_append_only_triggers(connection):
                await connection.execute(select(table))
            await getattr(connection, end)()
        async with database.write_engine.connect() as connection:
            await set_tenant(connection, app_fixture.tenant.id)
            with pytest.raises(DBAPIError, match="append-only"):
                await connection.execute(delete(table))
