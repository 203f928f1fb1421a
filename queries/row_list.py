"""Rows of values as a single text parameter: a JSON array, which a statement reads as a table.

The number of parameters and the text of the statement do not depend on the number of rows.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import JSON, Column, Dialect, FromClause, Select, String, bindparam, cast, column, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator

Row = Mapping[str, Any]
Converter = Callable[[Any], Any]


class RowList(TypeDecorator[Sequence[Row]]):
    """The type of a parameter that holds a list of rows, with the types of their columns."""

    impl = String
    cache_ok = True

    def __init__(self, columns: tuple[tuple[str, Any], ...]) -> None:
        super().__init__()
        self.columns = columns
        self._converters: dict[str, dict[str, Converter]] = {}

    def process_bind_param(self, value: Sequence[Row] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        converters = self._converters.get(dialect.name)
        if converters is None:
            converters = self._converters[dialect.name] = _build_converters(self.columns, dialect)
        names = [name for name, _ in self.columns]
        rows = [{name: row[name] for name in names} for row in value]
        for name, convert in converters.items():
            for row in rows:
                if row[name] is not None:
                    row[name] = convert(row[name])
        return orjson.dumps(rows, default=str).decode()  # asyncpg's ids are not plain UUIDs


def _build_converters(columns: tuple[tuple[str, Any], ...], dialect: Dialect) -> dict[str, Converter]:
    """Return what converts values to those that the database stores. JSON remains a part of the list."""
    types = {name: type_.dialect_impl(dialect) for name, type_ in columns if not isinstance(type_, JSON)}
    converters = {name: type_.bind_processor(dialect) for name, type_ in types.items()}
    return {name: convert for name, convert in converters.items() if convert is not None}


def row_list(columns: Sequence[Column[Any]], dialect: str) -> FromClause:
    """Return the rows of the parameter :rows as a table with these columns."""
    types = tuple((column.name, column.type) for column in columns)
    parameter = bindparam("rows", type_=RowList(types))
    build = _build_recordset if dialect == "postgresql" else _build_json_each
    return build(types, parameter)


def listed_values(columns: Sequence[Column[Any]], dialect: str) -> Select[Any]:
    """Select all rows of the parameter :rows, for `columns.in_(…)`."""
    return select(*row_list(columns, dialect).c)


def _build_recordset(types: tuple[tuple[str, Any], ...], parameter: Any) -> FromClause:
    function = func.json_to_recordset(cast(parameter, postgresql.JSON))
    columns = [column(name, type_) for name, type_ in types]
    return function.table_valued(*columns).render_derived(name="new_rows", with_types=True)


def _build_json_each(types: tuple[tuple[str, Any], ...], parameter: Any) -> FromClause:
    each = func.json_each(parameter).table_valued("value")
    columns = [func.json_extract(each.c.value, f"$.{name}", type_=type_).label(name) for name, type_ in types]
    return select(*columns).subquery("new_rows")
