"""Logs: append-only tables whose readers follow them without missing a row.

The rows of a log have a total order: epoch, transaction, position (LOG_ORDER). PostgreSQL assigns all three before the
commit, so a later row may become visible before an earlier one. Readers therefore stop below the oldest running
transaction (`is_settled` in queries/log.py): no row can appear there any more. SQLite has one writer at a time, so its
rows become visible in the order of their positions.

- The position comes from a sequence. Of two changes of one object, the later one has the greater position, because it
  waited for the lock of the object.
- The transaction is the greater of the writer's own id and the newest id that was complete when the row was written.
  With the own id alone, two changes of one object could swap: the transaction that begins first may change the object
  last.
- The epoch is a number of the database's history (models/log_epoch.py). Transaction ids begin at another number after a
  restore into another cluster, and are used again after a recovery that lost transactions; the epoch is then greater.

A database that is distributed over several servers has the order of database/counter_order.py instead: the transaction
is the number of a counter of the tenant, and the epoch is always the same.
"""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Identity, column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Field

LOG_ORDER = ("epoch", "log_transaction", "position")
"""The columns that order a log within a tenant. Together they are unique."""
COUNTER_EPOCH = 1
"""The epoch of rows that a counter numbers. It is less than those of transaction ids, so if a dump is restored into one
PostgreSQL server, later rows follow these."""
UNNUMBERED = 2**63 - 1
"""The transaction of rows that a counter has not numbered yet. None are committed."""
IDENTIFY_CLUSTER = "SELECT set_config('app.system_identifier', system_identifier::text, false) FROM pg_control_system()"
"""Tells a session of PostgreSQL the identifier of its cluster, which never changes, to find the epoch faster."""


class LogFunction(FunctionElement[int]):
    """SQL that differs between PostgreSQL and SQLite. SQLAlchemy requires `inherit_cache` of each class."""

    type = BigInteger()
    inherit_cache = True


class next_position(LogFunction):  # noqa: N801 -- a SQL function
    """`next_position(table)`: the next position, greater than those of all rows before."""

    name = "next_position"
    inherit_cache = True

    def __init__(self, table: str) -> None:
        super().__init__(column(table))


class current_transaction(LogFunction):  # noqa: N801
    """`current_transaction()`: the transaction of a row that is written now; 0 on SQLite."""

    name = "current_transaction"
    inherit_cache = True


class write_epoch(LogFunction):  # noqa: N801
    """`write_epoch()`: the epoch of a row that is written now. PostgreSQL begins a new one if necessary."""

    name = "write_epoch"
    inherit_cache = True


class read_epoch(LogFunction):  # noqa: N801
    """`read_epoch()`: the epoch of the rows that transactions may be writing now."""

    name = "read_epoch"
    inherit_cache = True


class oldest_transaction(LogFunction):  # noqa: N801
    """`oldest_transaction()`: the oldest running transaction; rows of earlier ones are all visible."""

    name = "oldest_transaction"
    inherit_cache = True


class is_assigned_position(FunctionElement[bool]):  # noqa: N801
    """`is_assigned_position(table, position)`: on SQLite, whether this position has been assigned. After a restore of
    an older file it may not have been. Always true on PostgreSQL, where a restore begins a new epoch."""

    name = "is_assigned_position"
    type = Boolean()
    inherit_cache = True

    def __init__(self, table: str, position: Any) -> None:
        super().__init__(column(table), position)


def epoch() -> Any:
    """The column of the epoch."""
    return _log_column("The epoch in the database's history; the first column of the log's order.", write_epoch())


def log_transaction() -> Any:
    """The column of the transaction."""
    return _log_column("The transaction that orders the row within its epoch; 0 on SQLite.", current_transaction())


def position(table: str) -> Any:
    """The column of the position in the log of this table."""
    description = "The position among all rows of the log; gaps have no meaning."
    return _log_column(description, next_position(table), sa_column_args=[Identity()])


def _log_column(description: str, default: LogFunction, **options: Any) -> Any:
    return Field(
        default=None,
        description=description,
        sa_type=BigInteger,
        nullable=False,
        sa_column_kwargs={"default": default},
        **options,
    )


_FIND_EPOCH = (
    "SELECT id FROM log_epoch WHERE system_identifier = current_setting('app.system_identifier', true)"
    " AND timeline = left(pg_walfile_name(pg_current_wal_lsn()), 8)"
)
"""Finds the epoch without `pg_control_system`, which reads a file with each call, in sessions that IDENTIFY_CLUSTER."""
WRITE_EPOCH = f"(SELECT coalesce(({_FIND_EPOCH}), write_log_epoch()))"
"""The SQL of `write_epoch()` on PostgreSQL."""
_POSTGRESQL = {
    current_transaction: "greatest(pg_current_xact_id()::text::bigint,"
    " pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)",
    write_epoch: WRITE_EPOCH,
    read_epoch: "(SELECT read_log_epoch())",
    oldest_transaction: "(SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint)",
}
_SQLITE = {
    current_transaction: "0",
    write_epoch: "(SELECT max(id) FROM log_epoch)",
    read_epoch: "(SELECT max(id) FROM log_epoch)",
    oldest_transaction: "1",
}


def _compile_as(function: type[LogFunction], sql: str, *dialects: str) -> None:
    @compiles(function, *dialects)
    def _compile(_element: LogFunction, _compiler: SQLCompiler, **_: Any) -> str:
        return sql


for _function, _sql in _POSTGRESQL.items():
    _compile_as(_function, _sql)
for _function, _sql in _SQLITE.items():
    _compile_as(_function, _sql, "sqlite")


@compiles(next_position)
def _compile_position(_element: next_position, _compiler: SQLCompiler, **_: Any) -> str:
    return "DEFAULT"


@compiles(next_position, "sqlite")
def _compile_position_sqlite(element: next_position, compiler: SQLCompiler, **options: Any) -> str:
    (table,) = element.clauses
    return f"(SELECT coalesce({_newest(compiler.process(table, **options))}, 0) + 1)"


@compiles(is_assigned_position)
def _compile_is_assigned(element: is_assigned_position, compiler: SQLCompiler, **options: Any) -> str:
    _, position = element.clauses
    return f"{compiler.process(position, **options)} IS NOT NULL"


@compiles(is_assigned_position, "sqlite")
def _compile_is_assigned_sqlite(element: is_assigned_position, compiler: SQLCompiler, **options: Any) -> str:
    table, position = element.clauses
    newest = _newest(compiler.process(table, **options))
    return f"{compiler.process(position, **options)} <= coalesce({newest}, 0)"


def _newest(table: str) -> str:
    """Return the newest position. SQLite stores the rows of a log in the order of their positions."""
    return f"(SELECT position FROM {table} ORDER BY rowid DESC LIMIT 1)"  # noqa: S608 -- contains the name of a table only
