"""Whole tenants, table by table, past the application: to be looked at, wiped out, put back and copied."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Enum, Table, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from models.ids import new_id
from server.append_only import changeable
from server.database import Database

Row = dict[str, Any]
Dump = dict[str, list[Row]]


def owned_tables() -> list[Table]:
    """The tables whose rows belong to a tenant, those that are pointed at first."""
    return [table for table in SQLModel.metadata.sorted_tables if "tenant_id" in table.primary_key.columns]


def named_tables() -> list[Table]:
    """The tables whose rows name a tenant, whoever they belong to."""
    return [table for table in SQLModel.metadata.sorted_tables if "tenant_id" in table.c]


class Store:
    """The rows of a database, through an engine that no policy binds."""

    def __init__(self, database: Database) -> None:
        self._engine = database.writing

    async def everything(self) -> Dump:
        """All rows there are, except what alembic keeps."""
        async with self._engine.begin() as connection:
            return {table.name: await _rows(connection, table) for table in SQLModel.metadata.sorted_tables}

    async def of(self, tenant_id: UUID) -> Dump:
        """The rows that name a tenant."""
        async with self._engine.begin() as connection:
            return {table.name: await _rows(connection, table, tenant_id) for table in named_tables()}

    async def wipe(self, tenant_id: UUID, *, members: bool) -> None:
        """Delete what belongs to a tenant, and if so wished who is a member of it."""
        async with self._engine.begin() as connection, changeable(connection):
            for table in reversed(named_tables() if members else owned_tables()):
                await connection.execute(delete(table).where(table.c.tenant_id == tenant_id))

    async def restore(self, tenant_id: UUID, dump: Dump) -> None:
        """Make a tenant what it was, from a dump of everything; people and tenants as well. What is new goes."""
        async with self._engine.begin() as connection, changeable(connection):
            for table in reversed(SQLModel.metadata.sorted_tables):
                if "tenant_id" in table.c:
                    await connection.execute(delete(table).where(table.c.tenant_id == tenant_id))
                await _remove_new(connection, table, dump[table.name])
            for table in SQLModel.metadata.sorted_tables:
                if "tenant_id" in table.c:
                    await _insert(connection, table, [row for row in dump[table.name] if row["tenant_id"] == tenant_id])
                else:
                    await _put_back(connection, table, dump[table.name])

    async def add(self, dump: Dump) -> None:
        """Insert these rows."""
        async with self._engine.begin() as connection:
            for table in SQLModel.metadata.sorted_tables:
                await _insert(connection, table, dump.get(table.name, []))

    async def change(self, table: Table, key: Row, **values: Any) -> None:
        """Change one row."""
        async with self._engine.begin() as connection, changeable(connection):
            await connection.execute(update(table).where(_has(table, key)).values(values))


async def _rows(connection: AsyncConnection, table: Table, tenant_id: UUID | None = None) -> list[Row]:
    statement = select(table).order_by(*table.primary_key)
    if tenant_id is not None:
        statement = statement.where(table.c.tenant_id == tenant_id)
    return [dict(row._mapping) for row in await connection.execute(statement)]


async def _insert(connection: AsyncConnection, table: Table, rows: list[Row]) -> None:
    if rows:
        await connection.execute(insert(table), rows)


async def _remove_new(connection: AsyncConnection, table: Table, rows: list[Row]) -> None:
    known = [key_of(table, row) for row in rows]
    for row in await _rows(connection, table):
        if key_of(table, row) not in known:
            await connection.execute(delete(table).where(_has(table, key_of(table, row))))


async def _put_back(connection: AsyncConnection, table: Table, rows: list[Row]) -> None:
    for row in rows:
        changed = await connection.execute(update(table).where(_has(table, key_of(table, row))).values(row))
        if not changed.rowcount:
            await _insert(connection, table, [row])


def _has(table: Table, key: Row) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in key.items()))


def key_of(table: Table, row: Row) -> Row:
    """The primary key in a row."""
    return {column.name: row[column.name] for column in table.primary_key}


def ids_in(dump: Dump) -> set[UUID]:
    """Every id anywhere in these rows."""
    return {value for rows in dump.values() for row in rows for value in row.values() if isinstance(value, UUID)}


def renamed(dump: Dump) -> dict[UUID, UUID]:
    """A new id for each row."""
    return {row["id"]: new_id() for table in owned_tables() for row in dump[table.name] if "id" in row}


def turned(dump: Dump) -> dict[UUID, UUID]:
    """For each row the next one of its table, for the last one the first."""
    found: dict[UUID, UUID] = {}
    for table in owned_tables():
        ids = [row["id"] for row in dump[table.name] if "id" in row]
        found |= dict(zip(ids, ids[1:] + ids[:1], strict=True))
    return found


@dataclass(frozen=True)
class Copying:
    """How rows become another tenant's: which ids are exchanged, what references point at, how texts are marked."""

    tenant_id: UUID
    ids: Mapping[UUID, UUID]
    references: Mapping[UUID, UUID]
    mark: str

    def of(self, dump: Dump) -> Dump:
        """What belongs to a tenant, as the other's."""
        return {table.name: [dict(self._row(table, row)) for row in dump[table.name]] for table in owned_tables()}

    def _row(self, table: Table, row: Row) -> Iterator[tuple[str, Any]]:
        pointing = references_of(table)
        if pointing and pointing[0] in table.primary_key.columns:
            del pointing[0]  # one end of a link stays, or the same ends would be linked again
        for name, value in row.items():
            if name == "tenant_id":
                yield name, self.tenant_id
            elif isinstance(value, UUID):
                yield name, (self.references if name in pointing else self.ids).get(value, value)
            elif isinstance(table.c[name].type, Enum):
                yield name, value
            else:
                yield name, self._marked(value, getattr(table.c[name].type, "length", None))

    def _marked(self, value: Any, length: int | None = None) -> Any:
        match value:
            case str():
                return f"{self.mark.lower() if '@' in value else self.mark}{value}"[:length]
            case list():
                return [self._marked(each) for each in value]
            case dict():
                return {name: self._marked(each) for name, each in value.items()}
        return value


def references_of(table: Table) -> list[str]:
    """The columns that point at rows of the same tenant, in their order."""
    keys = [key for key in table.foreign_key_constraints if len(key.columns) > 1]
    names = {list(key.columns)[-1].name for key in keys}
    return [column.name for column in table.columns if column.name in names]
