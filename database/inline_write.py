"""INSERT and UPDATE of rows that are part of the SQL, so that PostgreSQL executes several in one message.

Each connection prepares a statement once. Its only argument is a literal: JSON of the rows, encoded as base64, whose
characters need no escaping.
"""

from binascii import b2a_base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any
from uuid import UUID
from zlib import crc32

import orjson
from sqlalchemy import Column, Table
from sqlalchemy.types import TypeDecorator

from database.record_class import DIALECT
from models.base import UTCDateTime
from models.fields import schema_extra
from models.relations import list_models, table_of

IDENTITY = "DEFAULT"
"""The default of a column whose values a sequence generates. The statement omits it."""
OLD = "old_"
"""The prefix of values that a row must have to be updated."""
MAX_UPDATES = 1000
"""How many UPDATE statements are cached: one for each set of columns."""
TABLES_WITH_SECRETS = frozenset(
    table_of(model)
    for model in list_models()
    if any(schema_extra(info, "secret") for info in model.model_fields.values())
)
"""Tables whose rows must be parameters: PostgreSQL writes the SQL of what it refuses to its log, without parameters."""
Row = Mapping[str, Any]
Converters = Mapping[str, Callable[[Any], Any]]


@dataclass(frozen=True)
class InlineWrite:
    """A prepared statement that writes rows, and returns none."""

    name: str
    prepare_sql: str
    names: frozenset[str]
    """What each row must contain."""
    converters: Converters
    """Convert values that are stored as another type."""
    has_count: bool = False
    """Whether the number of rows is an argument, too."""

    def execute_sql(self, rows: Sequence[Row]) -> str:
        """Return the SQL that writes these rows. Raise TypeError if a value cannot be written as JSON."""
        names = self.names
        if self.converters or not all(row.keys() == names for row in rows):
            rows = self._convert(rows)
        json = orjson.dumps(rows, default=_to_text, option=orjson.OPT_NAIVE_UTC)
        literal = b2a_base64(json, newline=False).decode()
        return f"EXECUTE {self.name}('{literal}'{f', {len(rows)}' if self.has_count else ''})"

    def _convert(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return what the statement needs of the rows, as it is stored."""
        values = [{name: row[name] for name in self.names} for row in rows]
        for name, convert in self.converters.items():
            for row in values:
                row[name] = convert(row[name])
        return values


@cache
def inline_insert(table: Table) -> InlineWrite:
    """Build the INSERT of any number of rows. Columns whose default is SQL get their default."""
    defaults = {column.name: _sql_default(column) for column in table.c}
    given = [column for column in table.c if defaults[column.name] is None]
    computed = {name: sql for name, sql in defaults.items() if sql not in {None, IDENTITY}}
    columns = ", ".join([*map(_quote, given), *map(_quote_name, computed)])
    values = ", ".join([*map(_quote, given), *map(str, computed.values())])
    source = _rows_sql({column.name: column for column in given})
    insert = f"INSERT INTO {_table_name(table)} ({columns}) SELECT {values} FROM {source}"  # noqa: S608 -- names only
    names = tuple(column.name for column in given)
    return _build_write(f"insert_{table.name}", insert, names, _converters(given))


@lru_cache(MAX_UPDATES)
def inline_update(table: Table, columns: tuple[str, ...], matched: tuple[str, ...]) -> InlineWrite:
    """Build the UPDATE of these columns of rows whose matched columns have the values `old_<column>`. It fails with a
    division by zero if one of them does not exist.

    PostgreSQL expects few of the rows to have the tenant of row-level security, and looks them up by their keys."""
    given = {name: table.c[name] for name in columns} | _old_columns(table, matched)
    assignments = ", ".join(f'"{name}" = rows."{name}"' for name in columns)
    source = f"{_rows_sql(given)} WHERE {_matches_old(table, matched)}"
    written = f"UPDATE {_table_name(table)} SET {assignments} FROM {source}"  # noqa: S608 -- names only
    return _build_checked_write(f"update_{table.name}", written, tuple(given), _named_converters(given))


@cache
def inline_delete(table: Table, matched: tuple[str, ...]) -> InlineWrite:
    """Build the DELETE of rows whose matched columns have the values `old_<column>`, as `inline_update`."""
    given = _old_columns(table, matched)
    source = f"{_rows_sql(given)} WHERE {_matches_old(table, matched)}"
    written = f"DELETE FROM {_table_name(table)} USING {source}"  # noqa: S608 -- names only
    return _build_checked_write(f"delete_{table.name}", written, tuple(given), _named_converters(given))


def _old_columns(table: Table, matched: tuple[str, ...]) -> dict[str, Column[Any]]:
    return {f"{OLD}{name}": table.c[name] for name in matched}


def _matches_old(table: Table, matched: tuple[str, ...]) -> str:
    return " AND ".join(f'{_table_name(table)}."{name}" = rows."{OLD}{name}"' for name in matched)


@cache
def inline_claim(table: Table, lifetime: timedelta) -> InlineWrite:
    """Build the INSERT of a row, which replaces the one with the same id if that has been created a lifetime before. It
    fails with a division by zero if that is younger."""
    given = {column.name: column for column in table.c}
    names = ", ".join(map(_quote_name, given))
    new_values = ", ".join(f"{name} = excluded.{name}" for name in map(_quote_name, given))
    end_of_life = f"excluded.created_at - make_interval(secs => {lifetime.total_seconds()})"
    claimed = (
        f"INSERT INTO {_table_name(table)} ({names}) SELECT {names} FROM {_rows_sql(given)}"  # noqa: S608 -- names only
        f" ON CONFLICT (id) DO UPDATE SET {new_values} WHERE {_table_name(table)}.created_at < {end_of_life}"
    )
    return _build_checked_write(f"claim_{table.name}", claimed, tuple(given), _converters(table.c))


def _build_checked_write(kind: str, write: str, names: tuple[str, ...], converters: Converters) -> InlineWrite:
    """Build a write that divides by zero if it has not written all rows."""
    sql = f"WITH written AS ({write} RETURNING 1) SELECT 1 / (count(*) = $2)::int FROM written"  # noqa: S608 -- names only
    return _build_write(kind, sql, names, converters, has_count=True)


def _to_text(value: Any) -> str:
    """Return the text of an id: those of the driver are of a type of its own, which orjson does not know."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not written as JSON")


def _build_write(
    kind: str, sql: str, names: tuple[str, ...], converters: Converters, *, has_count: bool = False
) -> InlineWrite:
    # Behind a pooler, servers of two versions may prepare different statements in one session.
    name = f"allotment_{kind}_{crc32(sql.encode()):08x}"
    types = "text, bigint" if has_count else "text"
    exact_names = frozenset(map(str, names))  # orjson accepts no subclasses, such as SQLAlchemy's quoted names
    return InlineWrite(name, f"PREPARE {name}({types}) AS {sql}", exact_names, converters, has_count)


def _rows_sql(columns: Mapping[str, Column[Any]]) -> str:
    types = ", ".join(f'"{name}" {column.type.compile(DIALECT)}' for name, column in columns.items())
    return f"jsonb_to_recordset(convert_from(decode($1, 'base64'), 'UTF8')::jsonb) AS rows ({types})"


def _converters(columns: Iterable[Column[Any]]) -> Converters:
    return _named_converters({column.name: column for column in columns})


def _named_converters(columns: Mapping[str, Column[Any]]) -> Converters:
    return {name: convert for name, column in columns.items() if (convert := _converter(column)) is not None}


def _converter(column: Column[Any]) -> Callable[[Any], Any] | None:
    """Return what converts a value to the stored one, as for money; None if JSON of the value is converted to it."""
    if not isinstance(column.type, TypeDecorator) or isinstance(column.type, UTCDateTime):
        return None
    decorator = column.type
    return lambda value: decorator.process_bind_param(value, DIALECT)


def _table_name(table: Table) -> str:
    return f'"{table.name}"'


def _quote(column: Column[Any]) -> str:
    return _quote_name(column.name)


def _quote_name(name: str) -> str:
    return f'"{name}"'


def _sql_default(column: Any) -> str | None:
    """Return the SQL that computes the column's default, or None if the rows contain its value."""
    if column.default is None or not column.default.is_clause_element:
        return None
    return str(column.default.arg.compile(dialect=DIALECT))
