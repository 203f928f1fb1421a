"""Rows of values that a statement reads as a table, from parameters (`row_params`) whose number does not depend on the
number of rows: an array for each column on PostgreSQL, one JSON array on SQLite.

On PostgreSQL, one JSON array takes twice as long: it would parse the values of JSON columns twice. Ids, dates and whole
numbers are sent as the text of an array: the driver checks for each element of an array whether it is a list itself.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Column,
    Date,
    Dialect,
    FromClause,
    Integer,
    Select,
    String,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.types import NullType, TypeDecorator

Row = Mapping[str, Any]
Converter = Callable[[Any], Any]

_FORMATS: Mapping[Any, Callable[[Any], str]] = {
    Uuid: attrgetter("hex"),
    Integer: str,
    BigInteger: str,
    Date: datetime.date.isoformat,
}
"""How values are written in the text of an array, for types whose values need no quotes there."""


class ColumnOfRows(TypeDecorator[Sequence[Row]]):
    """The type of a parameter that holds a list of rows, and sends the values of one column as an array."""

    impl = NullType
    cache_ok = True

    def __init__(self, name: str, type_: Any) -> None:
        super().__init__()
        self.name = name
        self.type = type_
        self._converters: dict[str, Converter | None] = {}

    def process_bind_param(self, value: Sequence[Row] | None, dialect: Dialect) -> list[Any] | None:
        if value is None:
            return None
        if dialect.name not in self._converters:
            self._converters[dialect.name] = _to_json if isinstance(self.type, JSON) else _converter(self.type, dialect)
        name, convert = self.name, self._converters[dialect.name]
        if convert is None:
            return [row[name] for row in value]
        return [None if (item := row[name]) is None else convert(item) for row in value]


class TextOfRows(TypeDecorator[Sequence[Row]]):
    """The type of a parameter that holds a list of rows, and sends the values of one column as the text of an array."""

    impl = String
    cache_ok = True

    def __init__(self, name: str, class_: type) -> None:
        super().__init__()
        self.name = name
        self.class_ = class_

    def process_bind_param(self, value: Sequence[Row] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        name, write = self.name, _FORMATS[self.class_]
        return f"{{{','.join(['NULL' if (item := row[name]) is None else write(item) for row in value])}}}"


class JsonRows(TypeDecorator[Sequence[Row]]):
    """The type of a parameter that holds a list of rows, and sends the values of these columns as JSON."""

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
        return _to_json(rows)


def _build_converters(columns: tuple[tuple[str, Any], ...], dialect: Dialect) -> dict[str, Converter]:
    """Return what converts values to those that the database stores. JSON remains a part of the list."""
    converters = {name: _converter(type_, dialect) for name, type_ in columns if not isinstance(type_, JSON)}
    return {name: convert for name, convert in converters.items() if convert is not None}


def _converter(type_: Any, dialect: Dialect) -> Converter | None:
    convert: Converter | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return convert


def _to_json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()  # asyncpg's ids are not plain UUIDs


def row_params(rows: Sequence[Row], names: Iterable[str], dialect: str) -> dict[str, Sequence[Row]]:
    """Return the parameters of a statement with `row_list` of the columns with these names."""
    return dict.fromkeys(map(_param_name, names), rows) if dialect == "postgresql" else {"rows": rows}


def row_list(columns: Sequence[Column[Any]], dialect: str) -> FromClause:
    """Return the rows of the parameters `row_params` as a table with these columns."""
    types = tuple((column.name, column.type) for column in columns)
    return _build_unnest(types) if dialect == "postgresql" else _build_json_each(types)


def listed_values(columns: Sequence[Column[Any]], dialect: str) -> Select[Any]:
    """Select all rows of the parameters `row_params`, for `columns.in_(…)`."""
    return select(*row_list(columns, dialect).c)


def _param_name(name: str) -> str:
    return f"rows_{name}"


def _build_unnest(types: tuple[tuple[str, Any], ...]) -> FromClause:
    arrays = [
        cast(bindparam(_param_name(name), type_=_type_of_array(name, type_)), ARRAY(_without_length(type_)))
        for name, type_ in types
    ]
    columns = [column(name, type_) for name, type_ in types]
    return func.unnest(*arrays).table_valued(*columns).render_derived(name="new_rows")


def _type_of_array(name: str, type_: Any) -> TypeDecorator[Sequence[Row]]:
    return TextOfRows(name, type(type_)) if type(type_) in _FORMATS else ColumnOfRows(name, type_)


def _without_length(type_: Any) -> Any:
    """Return the type of the values before they are stored: a cast to a text of limited length would truncate them."""
    return String() if isinstance(type_, String) else type_


def _build_json_each(types: tuple[tuple[str, Any], ...]) -> FromClause:
    each = func.json_each(bindparam("rows", type_=JsonRows(types))).table_valued("value")
    columns = [func.json_extract(each.c.value, f"$.{name}", type_=type_).label(name) for name, type_ in types]
    return select(*columns).subquery("new_rows")
