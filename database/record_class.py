"""Record classes: rows of asyncpg with their columns as attributes and values as SQLAlchemy would return them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import asyncpg
from sqlalchemy import Enum, Float
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from models.base import UTCDateTime

DIALECT: Any = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
CACHE_SIZE = 300
Converter = Callable[[Any], Any]


def record_class_of(statement: Any) -> type[asyncpg.Record]:
    """Return the class of the statement's rows."""
    columns = getattr(statement, "exported_columns", ())
    return _build_class(
        tuple((column.key, column.type if _needs_conversion(column.type) else None) for column in columns)
    )


@lru_cache(CACHE_SIZE)
def _build_class(columns: tuple[tuple[str, Any], ...]) -> type[asyncpg.Record]:
    """Return the class for columns of these names; a column has a type if its values are converted.

    The same columns have the same class, because asyncpg caches a prepared statement for each record class.
    """
    attributes = {name: property(_getter(index, type_)) for index, (name, type_) in enumerate(columns)}
    attributes["_mapping"] = property(_mapping_getter(tuple(attributes), _converted(columns)))
    return type("Row", (asyncpg.Record,), {"__slots__": (), "__layout__": _layout(columns), **attributes})


def _converted(columns: Iterable[tuple[str, Any]]) -> list[tuple[str, Converter]]:
    """Return the getters of the columns whose values are converted."""
    return [(name, _getter(index, type_)) for index, (name, type_) in enumerate(columns) if type_ is not None]


def _mapping_getter(names: tuple[str, ...], converted: Sequence[tuple[str, Converter]]) -> Converter:
    def to_dict(row: Any) -> dict[str, Any]:
        # Quicker than reading each attribute. A lookup has added a column behind those of the statement.
        values = dict(zip(names, row, strict=False))
        for name, get in converted:
            values[name] = get(row)
        return values

    return to_dict


def _layout(columns: Iterable[tuple[str, Any]]) -> dict[str, tuple[int, Mapping[Any, Any] | None]]:
    """Return index and enum members of the columns that the executor may read by index (executor/object_builder.py)."""
    indexes = {name: (index, type_) for index, (name, type_) in enumerate(columns)}
    return {
        name: (index, None if type_ is None else _enum_members(type_))
        for name, (index, type_) in indexes.items()
        if type_ is None or isinstance(type_, Enum)
    }


def _needs_conversion(type_: Any) -> bool:
    return isinstance(type_, Enum) or _result_converter(type_) is not None


def _getter(index: int, type_: Any) -> Converter:
    if isinstance(type_, Enum):
        members = _enum_members(type_)
        return lambda row: members[row[index]]
    convert = None if type_ is None else _result_converter(type_)
    return itemgetter(index) if convert is None else lambda row: convert(row[index])


def _enum_members(type_: Enum) -> dict[str | None, Any]:
    return {None: None, **{member.value: member for member in type_.enum_class or ()}}


def _result_converter(type_: Any) -> Converter | None:
    if isinstance(type_, UTCDateTime | Float):
        return None  # asyncpg returns timestamps in UTC, and floats
    convert: Converter | None = type_.dialect_impl(DIALECT).result_processor(DIALECT, None)
    return convert
