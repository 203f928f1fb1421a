"""INSERT of rows that are part of the SQL, so that PostgreSQL executes it in the same message as COMMIT.

The statement is prepared once for each connection. Its only argument is a literal: JSON of the rows, encoded as base64,
whose characters need no escaping.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from zlib import crc32

import orjson
from sqlalchemy import Table

from database.record_class import DIALECT

IDENTITY = "DEFAULT"
"""The default of a column whose values a sequence generates. The statement omits it."""
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class InlineInsert:
    """A prepared statement that inserts rows into a table."""

    name: str
    prepare_sql: str

    def execute_sql(self, rows: Rows) -> str:
        """Return the SQL that inserts these rows."""
        # The driver's ids are of a type of its own, which orjson does not know.
        literal = base64.b64encode(orjson.dumps(rows, default=str)).decode()
        return f"EXECUTE {self.name}('{literal}')"


@cache
def inline_insert(table: Table) -> InlineInsert:
    """Build the statement for a table. Columns whose default is SQL get their default."""
    defaults = {column.name: _sql_default(column) for column in table.c}
    given = [column for column in table.c if defaults[column.name] is None]
    computed = {name: sql for name, sql in defaults.items() if sql not in {None, IDENTITY}}
    columns = ", ".join([*map(_quote, given), *computed])
    values = ", ".join([*map(_quote, given), *map(str, computed.values())])
    types = ", ".join(f"{_quote(column)} {column.type.compile(DIALECT)}" for column in given)
    source = f"jsonb_to_recordset(convert_from(decode($1, 'base64'), 'UTF8')::jsonb) AS rows ({types})"
    insert = f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM {source}"  # noqa: S608 -- contains names only
    # Behind a pooler, servers of two versions may prepare different statements in one session.
    name = f"allotment_insert_{table.name}_{crc32(insert.encode()):08x}"
    return InlineInsert(name, f"PREPARE {name}(text) AS {insert}")


def _quote(column: Any) -> str:
    return f'"{column.name}"'


def _sql_default(column: Any) -> str | None:
    """Return the SQL that computes the column's default, or None if the rows contain its value."""
    if column.default is None or not column.default.is_clause_element:
        return None
    return str(column.default.arg.compile(dialect=DIALECT))
