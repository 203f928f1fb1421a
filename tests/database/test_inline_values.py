"""Values of every type of column in writes whose rows are part of the SQL."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import JSON, BigInteger, Boolean, Date, Enum, Integer, MetaData, String, Table, Uuid, select, text

from database.inline_write import OLD, inline_insert, inline_update
from database.role import list_tenant_tables
from models.base import UTCDateTime
from models.ids import new_id
from models.money import Money
from models.relations import get_table
from tests.support.app_fixture import AppFixture

pytestmark = pytest.mark.only("postgresql")
EAST = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
VALUES: dict[Any, tuple[Any, ...]] = {
    Money: (Decimal("-12.34"), Decimal("99999.99"), Decimal("0.00")),
    UTCDateTime: (
        datetime.datetime(2026, 2, 28, 23, 59, 59, 999999, datetime.UTC),
        datetime.datetime(1970, 1, 1, 5, 30, tzinfo=EAST),
        datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC),
    ),
    Date: (datetime.date(2027, 3, 1), datetime.date(1, 1, 1), datetime.date(9999, 12, 31)),
    Boolean: (True, False, True),
    BigInteger: (2**63 - 1, -(2**63), 0),
    Integer: (2**31 - 1, -(2**31), 0),
    JSON: ({"a": [1, None, {"é'\\": "\u2028"}], "n": 1.5}, {}, {"": True, "big": 2**53 + 1}),
    String: ('It\'s \\ "q" $1', "日本 🌱\n\t\x01", ""),
}


def _values_of(column: Any) -> tuple[Any, ...]:
    if isinstance(column.type, Uuid):
        return (new_id(), new_id(), new_id())
    if isinstance(column.type, Enum):
        members = list(column.type.enum_class or ())
        return (members[0], members[-1], members[0])
    values = next(values for type_, values in VALUES.items() if isinstance(column.type, type_))
    length = getattr(column.type, "length", None)
    return tuple(value[:length] if isinstance(value, str) else value for value in values)


@pytest.mark.parametrize("name", list_tenant_tables())
async def test_values_of_every_column_are_stored_as_they_are(app_fixture: AppFixture, name: str) -> None:
    """A temporary table has the columns without their constraints. The last row is null where that is possible."""
    table = get_table(name).to_metadata(MetaData(), name="copied")
    names = tuple(inline_insert(table).names)
    columns = [_values_of(table.c[column]) for column in names]
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    rows += [{column: None if table.c[column].nullable else row for column, row in rows[0].items()}]
    rows[-1] |= {"id": new_id()} if "id" in names else {}
    async with app_fixture.database.write_engine.connect() as connection:
        await connection.execute(text(f'CREATE TEMPORARY TABLE copied (LIKE "{name}")'))
        for column in set(table.c.keys()) - set(names):
            await connection.execute(text(f"ALTER TABLE copied ALTER {column} DROP NOT NULL"))
        await _execute(connection, inline_insert(table), rows)
        assert await _stored(connection, table, names) == _comparable(rows)
        moved = [row | {f"{OLD}id": row["id"], "id": new_id()} for row in rows[:1]] if "id" in names else []
        if moved:
            await _execute(connection, inline_update(table, names, ("id",)), moved)
            assert _comparable(moved, names)[0] in await _stored(connection, table, names)
        await connection.rollback()


async def test_update_of_a_row_that_is_not_there_fails(app_fixture: AppFixture) -> None:
    table = get_table("team")
    row = {f"{OLD}id": new_id(), "name": "Diggers"}
    async with app_fixture.database.write_engine.connect() as connection:
        with pytest.raises(Exception, match="division by zero"):
            await _execute(connection, inline_update(table, ("name",), ("id",)), [row])


async def _execute(connection: Any, write: Any, rows: list[dict[str, Any]]) -> None:
    driver = (await connection.get_raw_connection()).driver_connection
    await connection.execute(text("SELECT 1"))  # begins the transaction
    await driver.execute(f"{write.prepare_sql}; {write.execute_sql(rows)}; DEALLOCATE {write.name}")


async def _stored(connection: Any, table: Table, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    rows = await connection.execute(select(*(table.c[name] for name in names)))
    return sorted((tuple(row) for row in rows), key=repr)


def _comparable(rows: list[dict[str, Any]], names: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    return sorted((tuple(row[name] for name in names or row) for row in rows), key=repr)
