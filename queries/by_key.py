"""Statements that write one row: a new one, or the one with a key and, where it has one, a version. Each is built once;
its values are filled in at run time."""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Executable, bindparam, delete, insert, inspect, update
from sqlalchemy.dialects import postgresql, sqlite

from models.relations import table_of
from queries.kept import STATEMENTS_KEPT


@lru_cache(STATEMENTS_KEPT)
def insertion(model: Any, names: tuple[str, ...]) -> Executable:
    """A new row with `new` values of these columns, and the defaults of all others."""
    table = table_of(model)
    return insert(table).inline().values({name: _place("new", table.c[name]) for name in names})


@lru_cache(STATEMENTS_KEPT)
def alteration(model: Any, names: tuple[str, ...]) -> Executable:
    """The row with the `old` key and version, with `new` values of these columns; its key, if it was there."""
    table = table_of(model)
    values = {name: _place("new", table.c[name]) for name in names}
    return update(table).where(*_this(model)).values(values).returning(*table.primary_key)


@lru_cache(STATEMENTS_KEPT)
def removal(model: Any) -> Executable:
    """The row with the `old` key and version is no more; its key, if it was there."""
    table = table_of(model)
    return delete(table).where(*_this(model)).returning(*table.primary_key)


@lru_cache(STATEMENTS_KEPT)
def replacement(model: Any, names: tuple[str, ...], dialect: str) -> Executable:
    """A new row with `new` values of these columns, also in place of one with the same id that was created before the
    `old` moment; its id, unless there is a younger one."""
    table = table_of(model)
    inserting = _INSERTS[dialect](table).values({name: _place("new", table.c[name]) for name in names})
    replaced = {name: inserting.excluded[name] for name in names}
    older = table.c.created_at < _place("old", table.c.created_at)
    replacing = inserting.on_conflict_do_update(index_elements=["id"], set_=replaced, where=older)
    return cast("Executable", replacing.returning(table.c.id))


_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def new(values: Mapping[str, Any]) -> dict[str, Any]:
    """These as `new` values."""
    return {f"new_{name}": value for name, value in values.items()}


def old(values: Mapping[str, Any]) -> dict[str, Any]:
    """These as `old` values."""
    return {f"old_{name}": value for name, value in values.items()}


@cache
def writable(model: Any) -> tuple[str, ...]:
    """The columns that are not reckoned by the database when a row comes."""
    return tuple(each.name for each in table_of(model).c if each.default is None or not each.default.is_clause_element)


def counter(model: Any) -> Any:
    """The column that counts the changes of a row, if there is one."""
    return inspect(model).version_id_col


def _this(model: Any) -> list[ColumnElement[bool]]:
    counted = counter(model)
    columns = [*table_of(model).primary_key, *([] if counted is None else [counted])]
    return [column == _place("old", column) for column in columns]


def _place(time: str, column: Column[Any]) -> Any:
    return bindparam(f"{time}_{column.name}", type_=column.type)
