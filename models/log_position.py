"""SQL functions for the position of a row in a log, with which readers find new rows without missing any.

PostgreSQL assigns a position before the commit, so a later position may become visible before an earlier one. Readers
therefore read only rows of transactions below `pg_snapshot_xmin(pg_current_snapshot())`: no row can be added there any
more. SQLite has one writer at a time, so a position is committed before the next one is assigned.
"""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class next_position(FunctionElement[int]):  # noqa: N801 -- a SQL function
    """`next_position(table)`: the next position, greater than those of all tenants before."""

    type = BigInteger()
    inherit_cache = True

    def __init__(self, table: str) -> None:
        super().__init__()
        self.name = table


class current_transaction(FunctionElement[int]):  # noqa: N801
    """`current_transaction()`: the transaction id; NULL on SQLite, where transactions do not overlap."""

    name = "current_transaction"
    type = BigInteger()
    inherit_cache = True


@compiles(next_position)
def _compile_position(_element: next_position, _compiler: SQLCompiler, **_: Any) -> str:
    return "DEFAULT"


@compiles(next_position, "sqlite")
def _compile_position_sqlite(element: next_position, _compiler: SQLCompiler, **_: Any) -> str:
    """Read the maximum of each tenant from the index, as no index is ordered by position alone."""
    newest = f"SELECT max(position) FROM {element.name} AS log WHERE log.tenant_id = tenant.id"  # noqa: S608 -- contains table names only
    return f"(SELECT coalesce(max(newest), 0) + 1 FROM (SELECT ({newest}) AS newest FROM tenant))"  # noqa: S608 -- contains table names only


@compiles(current_transaction)
def _compile_transaction(_element: current_transaction, _compiler: SQLCompiler, **_: Any) -> str:
    return "pg_current_xact_id()::text::bigint"


@compiles(current_transaction, "sqlite")
def _compile_transaction_sqlite(_element: current_transaction, _compiler: SQLCompiler, **_: Any) -> str:
    return "NULL"
