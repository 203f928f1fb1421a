"""Imports the file of an export, a chunk of rows in each transaction, with the progress in the same transaction.

The tenant is closed and locked until all rows are imported. After an interruption, the next import of the same file
continues after the last chunk that was committed.
"""

import datetime
import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Table, and_, bindparam, delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from database.engine import Database
from database.log_order import executes_on
from models import AuditEntry, ImportProgress, Tenant
from models.base import utc_now
from models.relations import table_of
from queries.log import log_columns
from server.tenant_data.accounts import Accounts
from server.tenant_data.errors import TenantDataError
from server.tenant_data.files import open_file
from server.tenant_data.format import Reader, Row
from server.tenant_data.inspection import Begin, Inspection, Progress, Values, decode_row
from server.tenant_data.tables import (
    REVOCATIONS,
    key_columns,
    list_logs,
    secret_columns,
    self_references,
    tables_of_file,
)
from server.tenant_data.transactions import verify_lock, write_with_retries

CHUNK_ROWS = 1000
SPECIAL_TABLES = ("user", "tenant")
"""Tables whose rows are written when the import begins."""


@dataclass(frozen=True)
class ImportRun:
    """An import that has begun: its tenant, its lock, and what it needs for each row."""

    database: Database
    inspection: Inspection
    accounts: Accounts
    locked_at: datetime.datetime
    done: int = 0
    """The number of rows that an earlier run has imported."""

    @property
    def tenant_id(self) -> UUID:
        """The id of the tenant, which is that of the file."""
        return UUID(self.inspection.header.id)

    @property
    def progress_id(self) -> UUID:
        """The id of the row with the progress."""
        return progress_id(self.inspection)


def progress_id(inspection: Inspection) -> UUID:
    """Return the id of the row with the progress of importing a file, which depends on its contents."""
    key = f"tenant {inspection.header.id} {inspection.checksum}"
    return UUID(bytes=hashlib.sha256(key.encode()).digest()[:16])


async def import_rows(run: ImportRun, path: Path, begin: Begin, progress: Progress) -> None:
    """Import the rows that no earlier run has imported, and open the tenant."""
    begin(run.inspection.header.counts)
    with open_file(path) as file:
        rows = Reader(file).rows()
        for row in islice(rows, run.done):
            progress(row.table, 1)
        while chunk := list(islice(rows, CHUNK_ROWS)):
            await _write(run, partial(_import_chunk, run, chunk), chunk)
            for table, group in groupby(chunk, attrgetter("table")):
                progress(table, len(list(group)))
    await _import_self_references(run, path)
    await write_with_retries(run.database, run.tenant_id, partial(_finish, run))


async def _write(run: ImportRun, action: Any, chunk: Sequence[Row]) -> None:
    try:
        await write_with_retries(run.database, run.tenant_id, action)
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise TenantDataError(f"lines {chunk[0].line:,} to {chunk[-1].line:,}: {reason}") from error


async def _import_chunk(run: ImportRun, chunk: Sequence[Row], connection: AsyncConnection) -> None:
    await verify_lock(connection, run.tenant_id, run.locked_at)
    tables, number = tables_of_file(), len(chunk)
    for name, group in groupby(chunk, attrgetter("table")):
        if name not in SPECIAL_TABLES:
            values = list(_build_values(run, tables[name], group))
            if values:
                await connection.execute(insert(tables[name]), values)
    table = table_of(ImportProgress)
    is_own = (table.c.tenant_id == run.tenant_id, table.c.id == run.progress_id)
    await connection.execute(update(table).where(*is_own).values(rows=table.c.rows + number, updated_at=utc_now()))
    await run.database.log_order.number_rows(executes_on(connection), run.tenant_id)


def _build_values(run: ImportRun, table: Table, rows: Iterator[Row]) -> Iterator[Values]:
    """Yield the values of rows as they are inserted. Random values take the place of secrets, so none is valid."""
    hidden = secret_columns(table)
    own = dict.fromkeys(self_references(table)) | (run.database.log_order.row_values if table in list_logs() else {})
    for row in rows:
        values = run.accounts.adapt(table, decode_row(table, row))
        if values is None:
            continue
        if hidden:
            values |= {name: secrets.token_hex(32) for name in hidden}
            values |= REVOCATIONS[table.name](values, run.locked_at)
        yield {"tenant_id": run.tenant_id, **values, **own}


async def _import_self_references(run: ImportRun, path: Path) -> None:
    """Set the references to rows of the same table, all of which exist now."""
    tables = tables_of_file()
    if not any(map(self_references, tables.values())):
        return
    with open_file(path) as file:
        rows = (row for row in Reader(file).rows() if _refers_to_own_table(tables[row.table], row))
        while chunk := list(islice(rows, CHUNK_ROWS)):
            await _write(run, partial(_set_self_references, run, chunk), chunk)


def _refers_to_own_table(table: Table, row: Row) -> bool:
    return any(row.values[name] is not None for name in self_references(table))


async def _set_self_references(run: ImportRun, chunk: Sequence[Row], connection: AsyncConnection) -> None:
    await verify_lock(connection, run.tenant_id, run.locked_at)
    for name, group in groupby(chunk, attrgetter("table")):
        table = tables_of_file()[name]
        key, references = key_columns(table), self_references(table)
        is_row = [table.c[column] == bindparam(f"key_{column}") for column in key]
        new: Values = {column: bindparam(f"new_{column}") for column in references}
        decoded = [decode_row(table, row) for row in group]
        parameters = [_prefixed("key_", values, key) | _prefixed("new_", values, references) for values in decoded]
        statement = update(table).where(table.c.tenant_id == run.tenant_id, *is_row).values(new)
        await connection.execute(statement, parameters)


def _prefixed(prefix: str, values: Mapping[str, Any], names: Sequence[str]) -> Values:
    return {f"{prefix}{name}": values[name] for name in names}


async def _finish(run: ImportRun, connection: AsyncConnection) -> None:
    """Open the tenant, if it was open when it was exported, and let the change feed begin with its first entry."""
    await verify_lock(connection, run.tenant_id, run.locked_at)
    progress, tenant, entry = table_of(ImportProgress), table_of(Tenant), table_of(AuditEntry)
    is_own = and_(progress.c.tenant_id == run.tenant_id, progress.c.id == run.progress_id)
    await connection.execute(delete(progress).where(is_own))
    order = log_columns(entry)
    first = select(*order).where(entry.c.tenant_id == run.tenant_id).order_by(*order).limit(1)
    row = (await connection.execute(first)).one_or_none()
    start = None if row is None else ".".join(map(str, row))
    values = {"closed_at": run.inspection.tenant["closed_at"], "locked_at": None, "feed_start": start}
    await connection.execute(update(tenant).where(tenant.c.id == run.tenant_id).values(values))
