"""The filter `matches`: whether the words of one column of a row match a search query, by the full-text index.

The matching ids are a subquery without references to the row, which the database evaluates once for a statement. They
are those of the current tenant; the statement itself limits its rows to the visible ones.
"""

from typing import Any

from sqlalchemy import BindParameter, Boolean, ColumnElement, Dialect, String, bindparam
from sqlalchemy import column as name_only
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from models.relations import get_model
from queries.scope import TENANT
from queries.search_query import SearchQuery

WEIGHTS = ("A", "D")
"""On PostgreSQL, of the words of the first and of the second searchable column."""
TEXT_COLUMNS = ("title", "content")
"""The columns of SQLite's FTS5 table for the first and the second searchable column."""


class _ColumnQuery(TypeDecorator[SearchQuery]):
    """The type of a parameter that holds a search query in one of the searchable columns."""

    impl = String
    cache_ok = True

    def __init__(self, position: int) -> None:
        super().__init__()
        self.position = position

    def process_bind_param(self, value: SearchQuery | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.to_tsquery(WEIGHTS[self.position])
        return f"{{{TEXT_COLUMNS[self.position]}}} : ({value.to_fts5()})"


class _has_id_of_match(FunctionElement[bool]):  # noqa: N801 -- a SQL function
    """Whether an id is that of a match, with the name of the table as a part of the key of cached statements."""

    name = "has_id_of_match"
    type = Boolean()
    inherit_cache = True
    _is_implicitly_boolean = True  # otherwise SQLAlchemy renders `… = 1` on SQLite


def is_match(id: ColumnElement[Any], table: str, column: str, query: SearchQuery) -> ColumnElement[bool]:
    """Return the condition that the words of a column of the row with this id match the query."""
    position = get_model(table).searchable.index(column)
    search: BindParameter[SearchQuery] = bindparam(None, query, type_=_ColumnQuery(position))
    return _has_id_of_match(id, name_only(table), search, TENANT)


@compiles(_has_id_of_match)
def _compile_match(element: _has_id_of_match, compiler: SQLCompiler, **options: Any) -> str:
    id, table, search, _ = element.clauses
    entries = f"search_entries({compiler.process(search, **options)}, ARRAY['{table.name}'], false)"
    return f"{compiler.process(id, **options)} IN (SELECT object_id FROM {entries})"  # noqa: S608 -- compiled clauses


@compiles(_has_id_of_match, "sqlite")
def _compile_match_sqlite(element: _has_id_of_match, compiler: SQLCompiler, **options: Any) -> str:
    id, table, search, tenant = element.clauses
    conditions = (
        f"search_text MATCH {compiler.process(search, **options)}",
        "search_entry.row_number = search_text.rowid",
        f"search_entry.tenant_id = {compiler.process(tenant, **options)}",
        f"search_entry.noun = '{table.name}'",
    )
    subquery = f"SELECT search_entry.object_id FROM search_text, search_entry WHERE {' AND '.join(conditions)}"  # noqa: S608
    return f"{compiler.process(id, **options)} IN ({subquery})"
