"""What a row of a log is numbered with, so that followers find what is new and miss nothing.

PostgreSQL gives out numbers before it commits, so a later number may be seen before an earlier one. Who follows reads
only rows of transactions below `pg_snapshot_xmin(pg_current_snapshot())`: these are all that there will ever be.
SQLite has one writer at a time, so what has a number has been committed before the next one is given out.
"""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class next_position(FunctionElement[int]):  # noqa: N801  (reads as SQL does)
    """`next_position(table)`: the next number, greater than all before, whosever they are."""

    type = BigInteger()
    inherit_cache = True

    def __init__(self, table: str) -> None:
        super().__init__()
        self.name = table


class current_transaction(FunctionElement[int]):  # noqa: N801
    """The id of the transaction; nothing where one is over before the next begins."""

    name = "current_transaction"
    type = BigInteger()
    inherit_cache = True


@compiles(next_position)
def _by_identity(_element: next_position, _compiler: SQLCompiler, **_: Any) -> str:
    return "DEFAULT"


@compiles(next_position, "sqlite")
def _by_looking(element: next_position, _compiler: SQLCompiler, **_: Any) -> str:
    """One step down an index a tenant: every index leads with the tenant, so none knows the greatest of all."""
    newest = f"SELECT max(position) FROM {element.name} AS known WHERE known.tenant_id = tenant.id"  # noqa: S608 -- made of our own names
    return f"(SELECT coalesce(max(newest), 0) + 1 FROM (SELECT ({newest}) AS newest FROM tenant))"  # noqa: S608 -- likewise


@compiles(current_transaction)
def _transaction(_element: current_transaction, _compiler: SQLCompiler, **_: Any) -> str:
    return "pg_current_xact_id()::text::bigint"


@compiles(current_transaction, "sqlite")
def _nothing(_element: current_transaction, _compiler: SQLCompiler, **_: Any) -> str:
    return "NULL"
