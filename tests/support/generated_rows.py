"""Many rows of every table, for tests that read the plans of statements on PostgreSQL.

The values follow from the columns of the models, so that a new table has rows without a line here. A row has the number
of the row that it references modulo the number of rows, times a prime: neighbors reference different rows.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, DateTime, Enum, Identity, Integer, String, Table, Uuid
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from models import Membership, Session, User
from models.fields import schema_extra
from models.relations import get_model
from tests.harness.sync_connection import SyncConnection

PRIME = 7919
NULL_SHARE = 10
"""One of so many rows has a value in a timestamp that may be null, such as `deleted_at`."""
TENANT_WIDE_TABLES = (User.__tablename__, Session.__tablename__)
"""Tables without a tenant that grow with its members."""


def insert_generated_rows(superuser: SyncConnection, tenants: Sequence[UUID], user: UUID, rows: int) -> list[str]:
    """Insert so many rows of each tenant into every table of tenants, and return the names of these tables. Each tenth
    row belongs to the user. Foreign keys are not checked, and triggers do not run."""
    names = [name for name, table in SQLModel.metadata.tables.items() if _is_filled(table)]
    for name in names:
        for number, tenant in enumerate(tenants, 1):
            values = _RowValues(get_model(name), rows, number, tenant, user)
            superuser.execute(f"SET session_replication_role = replica; {values.insert_sql()}")
    superuser.execute("SET session_replication_role = DEFAULT")
    return names


def _is_filled(table: Table) -> bool:
    return table.name in TENANT_WIDE_TABLES or ("tenant_id" in table.c and "id" in table.c) or _is_link(table)


def _is_link(table: Table) -> bool:
    return "tenant_id" in table.primary_key.columns and len(table.primary_key.columns) > 1


class _RowValues:
    """The SQL expressions of the values of generated rows; `n` is the number of a row."""

    def __init__(self, model: Any, rows: int, number: int, tenant: UUID, user: UUID) -> None:
        self._model, self._rows, self._number, self._tenant, self._user = model, rows, number, tenant, user
        self._table: Table = model.__table__

    def insert_sql(self) -> str:
        """Return the INSERT. Rows that violate a unique index are left out."""
        columns = [column for column in self._table.c if not isinstance(column.identity, Identity)]
        names = ", ".join(f'"{column.name}"' for column in columns)
        values = ", ".join(self._value(column) for column in columns)
        return (
            f'INSERT INTO "{self._table.name}" ({names}) SELECT {values} '  # noqa: S608 -- names and numbers
            f"FROM generate_series(1, {self._rows}) AS n ON CONFLICT DO NOTHING"
        )

    def _value(self, column: Column[Any]) -> str:
        info = self._model.model_fields[column.name]
        if column.name == "tenant_id":
            return f"'{self._tenant}'::uuid"
        if column.name == "id":
            return self._id("n")
        if schema_extra(info, "reference"):
            return self._id(f"(n::bigint * {PRIME} % {self._rows} + 1)")
        if isinstance(column.type, Uuid):
            other = self._id(f"(n::bigint * {PRIME} % {self._rows} + 1)")
            is_unique = column.name == "user_id" and self._model is Membership
            return self._id("n") if is_unique else f"CASE WHEN n % 10 = 0 THEN '{self._user}'::uuid ELSE {other} END"
        return _scalar(column, self._number)

    def _id(self, n: str) -> str:
        return f"('0190{self._number:04}' || lpad(to_hex({n}), 24, '0'))::uuid"


def _scalar(column: Column[Any], number: int) -> str:
    """Return a value of the type of the column."""
    column_type = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    time = "now() - n * interval '1 minute'"
    match column_type:
        case Enum(enums=values):
            listed = ", ".join(f"'{value}'" for value in values)
            value = f"(ARRAY[{listed}])[n % {len(values)} + 1]"
        case Boolean():
            value = "n % 2 = 0"
        case BigInteger() | Integer():
            value = f"n * {PRIME} % 1000 + 1"
        case Date():
            value = f"current_date - (n::bigint * {PRIME} % 700)::int"
        case DateTime():
            value = f"CASE WHEN n % {NULL_SHARE} = 0 THEN {time} END" if column.nullable else time
        case JSON():
            value = "'{}'"
        case String(length=length):
            value = f"substr((n::bigint * {PRIME} % 1000003)::text || ' of {number} as a text', 1, {length or 40})"
        case _:
            raise TypeError(f"{column}: no values for the type {column_type!r}")
    return value


def list_big_tables(superuser: SyncConnection, names: Sequence[str], rows: int) -> Iterator[str]:
    """Yield the tables that have at least so many rows."""
    for name in names:
        if superuser.fetch_value(f'SELECT count(*) FROM "{name}"') >= rows:  # noqa: S608
            yield name
