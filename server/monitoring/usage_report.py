"""What is stored about the usage of fields, for reports."""

import datetime
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from models import DocumentUsage, FieldUsage
from models.relations import table_of
from server.monitoring.usage_store import Client


@dataclass(frozen=True)
class Use:
    """The requests of a client, and the day of the last one."""

    client: Client
    requests: int
    last_day: datetime.date


@dataclass(frozen=True)
class DocumentUse:
    """The requests of a client that executed an operation of a document, and the day of the last one."""

    sha256: str
    operation: str
    use: Use


async def load_first_day(connection: AsyncConnection) -> datetime.date | None:
    """Return the first day of which something is stored; None if nothing is."""
    day: datetime.date | None = await connection.scalar(select(func.min(table_of(FieldUsage).c.day)))
    return day


async def load_clients(connection: AsyncConnection, since: datetime.date) -> list[Use]:
    """Return the clients, with the number of their requests in all, those with the last request first."""
    table = table_of(DocumentUsage)
    key = (table.c.client, table.c.client_version)
    last_day = func.max(table.c.last_day)
    statement = select(*key, func.sum(table.c.requests), last_day).where(table.c.last_day >= since).group_by(*key)
    return [_use(row) for row in await connection.execute(statement.order_by(last_day.desc(), *key))]


async def load_fields(
    connection: AsyncConnection, since: datetime.date, client: str | None = None
) -> dict[str, list[Use]]:
    """Return the clients that have used each field since a day, or only the versions of one client."""
    statement = _select_fields(since)
    if client is not None:
        statement = statement.where(table_of(FieldUsage).c.client == client)
    uses: dict[str, list[Use]] = {}
    for row in await connection.execute(statement):
        uses.setdefault(row.field, []).append(_use(row[1:]))
    return uses


async def load_documents(connection: AsyncConnection, since: datetime.date, field: str) -> list[DocumentUse]:
    """Return the operations that have used a field since a day."""
    table = table_of(DocumentUsage)
    statement = select(
        table.c.sha256, table.c.operation, table.c.client, table.c.client_version, table.c.requests, table.c.last_day
    ).where(table.c.last_day >= since, table.c.fields.contains(f" {field} ", autoescape=True))
    rows = await connection.execute(statement.order_by(table.c.last_day.desc(), table.c.client, table.c.operation))
    return [DocumentUse(row.sha256, row.operation, _use(row[2:])) for row in rows]


def _select_fields(since: datetime.date) -> Select[Any]:
    table = table_of(FieldUsage)
    key = (table.c.field, table.c.client, table.c.client_version)
    totals = (func.sum(table.c.requests), func.max(table.c.day))
    return select(*key, *totals).where(table.c.day >= since).group_by(*key).order_by(*key)


def _use(row: Any) -> Use:
    name, version, requests, last_day = row
    return Use(Client(name, version), int(requests), _as_date(last_day))


def _as_date(value: Any) -> datetime.date:
    """Return a date: SQLite does not know the type of an aggregate."""
    return datetime.date.fromisoformat(value) if isinstance(value, str) else value
