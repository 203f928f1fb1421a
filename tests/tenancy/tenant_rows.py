"""Direct access to the rows of tenants, without the application: dump, delete, restore and copy them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Enum, Table, and_, delete, insert, inspect, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from database.append_only import disable_append_only_triggers
from database.engine import Database
from models.fields import member_references, schema_extra
from models.ids import new_id
from models.relations import get_model

Row = dict[str, Any]
Dump = dict[str, list[Row]]


def tenant_tables() -> list[Table]:
    """Return the tables whose rows belong to a tenant, referenced tables first. The counter of the logs is not one: it
    has one row for a tenant, which tests/changes/test_counter_order.py covers."""
    tables = SQLModel.metadata.sorted_tables
    return [table for table in tables if "tenant_id" in (key := table.primary_key.columns) and len(key) > 1]


def tables_with_tenant_id() -> list[Table]:
    """Return the tables with a tenant_id column, whether or not their rows belong to the tenant."""
    return [table for table in SQLModel.metadata.sorted_tables if "tenant_id" in table.c]


class TenantRows:
    """The rows of a database, through an engine that bypasses row-level security."""

    def __init__(self, database: Database) -> None:
        self._engine = database.write_engine

    async def dump_all(self) -> Dump:
        """Return all rows of all tables, except Alembic's. Tables of later migrations are left out."""
        async with self._engine.begin() as connection:
            existing = await connection.run_sync(lambda sync_connection: inspect(sync_connection).get_table_names())
            tables = [table for table in SQLModel.metadata.sorted_tables if table.name in existing]
            return {table.name: await _rows(connection, table) for table in tables}

    async def dump_tenant(self, tenant_id: UUID) -> Dump:
        """Return all rows with this tenant_id."""
        return rows_of_tenant(await self.dump_all(), tenant_id)

    async def delete_tenant(self, tenant_id: UUID, *, members: bool) -> None:
        """Delete a tenant's rows, and its memberships, invitations and API keys if `members`."""
        async with self._engine.begin() as connection, disable_append_only_triggers(connection):
            for table in reversed(tables_with_tenant_id() if members else tenant_tables()):
                await connection.execute(delete(table).where(table.c.tenant_id == tenant_id))

    async def restore_tenant(self, tenant_id: UUID, dump: Dump, current: Dump | None = None) -> None:
        """Restore a tenant's rows, and all rows without a tenant, from a dump of all rows; delete new rows. With the
        current rows, only the tables that differ are restored."""
        tables = _tables_to_restore(dump, current)
        append_only = [table.name for table in tables if table.info.get("append_only")]
        async with self._engine.begin() as connection, disable_append_only_triggers(connection, *append_only):
            for table in reversed(tables):
                if "tenant_id" in table.c:
                    await connection.execute(delete(table).where(table.c.tenant_id == tenant_id))
                await _delete_new_rows(connection, table, dump[table.name])
            for table in tables:
                if "tenant_id" in table.c:
                    await _insert(connection, table, [row for row in dump[table.name] if row["tenant_id"] == tenant_id])
                else:
                    await _upsert_rows(connection, table, dump[table.name])

    async def insert(self, dump: Dump) -> None:
        """Insert these rows."""
        async with self._engine.begin() as connection:
            for table in SQLModel.metadata.sorted_tables:
                await _insert(connection, table, dump.get(table.name, []))

    async def update(self, table: Table, key: Row, **values: Any) -> None:
        """Update the rows with these key values."""
        async with self._engine.begin() as connection, disable_append_only_triggers(connection):
            await connection.execute(update(table).where(_matches_key(table, key)).values(values))


def rows_of_tenant(dump: Dump, tenant_id: UUID) -> Dump:
    """Return all rows with this tenant_id."""
    return {
        table.name: [row for row in dump[table.name] if row["tenant_id"] == tenant_id]
        for table in tables_with_tenant_id()
    }


def _tables_to_restore(dump: Dump, current: Dump | None) -> list[Table]:
    """Return the tables that differ, and those whose rows refer to rows that are deleted meanwhile; parents first."""
    names: set[str] = set()
    for table in SQLModel.metadata.sorted_tables:
        parents = {key.referred_table for key in table.foreign_key_constraints} - {table}
        has_deleted_parent = any(parent.name in names and "tenant_id" in parent.c for parent in parents)
        if current is None or dump[table.name] != current[table.name] or has_deleted_parent:
            names.add(table.name)
    return [table for table in SQLModel.metadata.sorted_tables if table.name in names]


async def _rows(connection: AsyncConnection, table: Table) -> list[Row]:
    statement = select(table).order_by(*table.primary_key)
    return [dict(row._mapping) for row in await connection.execute(statement)]


async def _insert(connection: AsyncConnection, table: Table, rows: list[Row]) -> None:
    if rows:
        await connection.execute(insert(table), rows)


async def _delete_new_rows(connection: AsyncConnection, table: Table, rows: list[Row]) -> None:
    known_keys = [primary_key(table, row) for row in rows]
    for row in await _rows(connection, table):
        if primary_key(table, row) not in known_keys:
            await connection.execute(delete(table).where(_matches_key(table, primary_key(table, row))))


async def _upsert_rows(connection: AsyncConnection, table: Table, rows: list[Row]) -> None:
    for row in rows:
        has_key = _matches_key(table, primary_key(table, row))
        result = await connection.execute(update(table).where(has_key).values(row))
        if not result.rowcount:
            await _insert(connection, table, [row])


def _matches_key(table: Table, key: Row) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in key.items()))


def primary_key(table: Table, row: Row) -> Row:
    """Return the primary key columns of a row."""
    return {column.name: row[column.name] for column in table.primary_key}


def find_id(rows: list[Row], column: str, value: UUID) -> UUID:
    """Return the id of the first of these rows that has the value in this column."""
    id: UUID = next(row["id"] for row in rows if row[column] == value)
    return id


def ids_in(dump: Dump) -> set[UUID]:
    """Return all UUIDs in any column of these rows."""
    return {value for rows in dump.values() for row in rows for value in row.values() if isinstance(value, UUID)}


def new_ids(dump: Dump) -> dict[UUID, UUID]:
    """Return a new id for the id of each row."""
    return {row["id"]: new_id() for table in tenant_tables() for row in dump[table.name] if "id" in row}


def rotated_ids(dump: Dump) -> dict[UUID, UUID]:
    """Return for the id of each row the id of the next row of its table; for the last row, the first row's."""
    rotated: dict[UUID, UUID] = {}
    for table in tenant_tables():
        ids = [row["id"] for row in dump[table.name] if "id" in row]
        rotated |= dict(zip(ids, ids[1:] + ids[:1], strict=True))
    return rotated


@dataclass(frozen=True)
class RowCopier:
    """Copies rows to another tenant: replaces ids and references, and prefixes texts."""

    tenant_id: UUID
    ids: Mapping[UUID, UUID]
    references: Mapping[UUID, UUID]
    text_prefix: str
    position_offset: int = 0
    """Is added to the positions in logs, so that several copies do not have the same ones."""
    has_accounts: bool = True
    """Whether rows refer to members, which only one row of a tenant does."""

    def copy(self, dump: Dump) -> Dump:
        """Return copies of the rows that belong to a tenant."""
        return {table.name: [dict(self._copy_row(table, row)) for row in dump[table.name]] for table in tenant_tables()}

    def _copy_row(self, table: Table, row: Row) -> Iterator[tuple[str, Any]]:
        references = reference_columns(table)
        if references and references[0] in table.primary_key.columns:
            del references[0]  # a link keeps one end, or the same rows would be linked again
        accounts = () if self.has_accounts else member_references(get_model(table.name))
        for name, value in row.items():
            if name == "tenant_id":
                yield name, self.tenant_id
            elif name in accounts:
                yield name, None
            elif name == "position":
                yield name, value + self.position_offset
            elif isinstance(value, UUID):
                yield name, (self.references if name in references else self.ids).get(value, value)
            elif name == "currency":
                yield name, self.text_prefix[-5:-2]  # a tenant has one outside account of each currency
            elif isinstance(table.c[name].type, Enum):
                yield name, value
            else:
                copied = self._with_prefix(value, getattr(table.c[name].type, "length", None))
                yield name, copied.lower() if schema_extra(get_model(table.name).model_fields[name], "slug") else copied

    def _with_prefix(self, value: Any, length: int | None = None) -> Any:
        match value:
            case str():
                return f"{self.text_prefix.lower() if '@' in value else self.text_prefix}{value}"[:length]
            case list():
                return [self._with_prefix(item) for item in value]
            case dict():
                return {name: self._with_prefix(item) for name, item in value.items()}
        return value


def reference_columns(table: Table) -> list[str]:
    """Return the columns that reference rows of the same tenant, in the table's order."""
    foreign_keys = [key for key in table.foreign_key_constraints if len(key.columns) > 1]
    names = {list(key.columns)[-1].name for key in foreign_keys}
    return [column.name for column in table.columns if column.name in names]
