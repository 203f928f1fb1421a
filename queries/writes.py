"""Statements that insert, update, delete or upsert one row, identified by its key and version.

They are built once. Their bind parameters are named `new_<column>` for values to write and `old_<column>` for values to
match.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Executable, bindparam, delete, insert, inspect, update
from sqlalchemy.dialects import postgresql, sqlite

from models.relations import table_of
from queries.statement_cache import MAX_CACHED_STATEMENTS


@lru_cache(MAX_CACHED_STATEMENTS)
def build_insert(model: Any, columns: tuple[str, ...]) -> Executable:
    """Insert a row with new values of these columns and the defaults of the others."""
    table = table_of(model)
    return insert(table).inline().values({name: _param("new", table.c[name]) for name in columns})


@lru_cache(MAX_CACHED_STATEMENTS)
def build_update(model: Any, columns: tuple[str, ...]) -> Executable:
    """Update the row with the old key and version to new values of these columns. Return its key if it existed."""
    table = table_of(model)
    values = {name: _param("new", table.c[name]) for name in columns}
    return update(table).where(*_key_and_version_match(model)).values(values).returning(*table.primary_key)


@lru_cache(MAX_CACHED_STATEMENTS)
def build_delete(model: Any) -> Executable:
    """Delete the row with the old key and version. Return its key if it existed."""
    table = table_of(model)
    return delete(table).where(*_key_and_version_match(model)).returning(*table.primary_key)


@lru_cache(MAX_CACHED_STATEMENTS)
def build_upsert(model: Any, columns: tuple[str, ...], dialect: str) -> Executable:
    """Insert a row, or replace the row with the same id if it was created before :old_created_at.

    Return the id, or no row if the existing row is newer.
    """
    table = table_of(model)
    statement = _INSERTS[dialect](table).values({name: _param("new", table.c[name]) for name in columns})
    new_values = {name: statement.excluded[name] for name in columns}
    is_older = table.c.created_at < _param("old", table.c.created_at)
    upsert = statement.on_conflict_do_update(index_elements=["id"], set_=new_values, where=is_older)
    return cast("Executable", upsert.returning(table.c.id))


_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def new_params(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as parameters `new_<column>`."""
    return {f"new_{name}": value for name, value in values.items()}


def old_params(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as parameters `old_<column>`."""
    return {f"old_{name}": value for name, value in values.items()}


@cache
def insertable_columns(model: Any) -> tuple[str, ...]:
    """Return the columns whose default is not an SQL expression, which only the database can compute."""
    columns = table_of(model).c
    return tuple(column.name for column in columns if column.default is None or not column.default.is_clause_element)


def version_column(model: Any) -> Any:
    """Return the version column of a model, or None."""
    return inspect(model).version_id_col


def _key_and_version_match(model: Any) -> list[ColumnElement[bool]]:
    version = version_column(model)
    columns = [*table_of(model).primary_key, *([] if version is None else [version])]
    return [column == _param("old", column) for column in columns]


def _param(prefix: str, column: Column[Any]) -> Any:
    return bindparam(f"{prefix}_{column.name}", type_=column.type)
