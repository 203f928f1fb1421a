"""Statements that insert, update, delete or upsert one row, identified by its key and version, or many rows at once.

They are built once. The bind parameters of those for one row are named `new_<column>` for values to write and
`old_<column>` for values to match. Those for many rows read lists of rows (queries/row_list.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Executable, bindparam, delete, insert, inspect, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from models.relations import table_of
from queries.row_list import Row, listed_values, row_list, row_params
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
def build_insert_many(model: Any, columns: tuple[str, ...], same: tuple[str, ...]) -> Executable:
    """Insert rows with these columns and the defaults of the others, on PostgreSQL: one statement takes less time than
    one for each row. On SQLite it does not, and could not assign a position to each row (models/log.py). The values of
    the columns that are the `same` in all rows are sent once."""
    table = table_of(model)
    rows = row_list([table.c[name] for name in columns if name not in same], "postgresql")
    values = [_param("new", table.c[name]) if name in same else rows.c[name] for name in columns]
    defaulted = (table.c[name] for name in columns_with_sql_default(model) if name not in columns)
    columns_of_server = [column for column in defaulted if column.identity is None]
    defaults: list[Any] = [column.default for column in columns_of_server]
    names = [*columns, *(column.name for column in columns_of_server)]
    selected = select(*values, *(default.arg for default in defaults)).select_from(rows)
    return insert(table).inline().from_select(names, selected, include_defaults=False)


def insert_many(
    model: Any, columns: tuple[str, ...], rows: Sequence[Row], same_values: Mapping[str, Any]
) -> tuple[Executable, dict[str, Any]]:
    """Return `build_insert_many` for these rows, which besides all have the `same_values`, and its parameters."""
    same = _find_same(model, [name for name in columns if name not in same_values], rows)
    parameters = _many_params([name for name in columns if name not in same_values], same, rows, "postgresql")
    return build_insert_many(model, columns, (*same_values, *same)), new_params(same_values) | parameters


@lru_cache(MAX_CACHED_STATEMENTS)
def build_update_many(model: Any, columns: tuple[str, ...], same: tuple[str, ...], dialect: str) -> Executable:
    """Update the rows with these keys to new values of these columns. Each listed row contains the new version, and is
    written only if the stored version is one less. Return the keys of the rows that were written. The values of the
    columns that are the `same` in all rows are sent once, but not keys and versions.

    PostgreSQL expects few of the listed rows to have the tenant of row-level security, and looks them up by their keys.
    If the tenant were sent once, it would expect 1,000 rows even if there are two, and might read the whole table."""
    table, version = table_of(model), version_column(model)
    rows = row_list([table.c[name] for name in (*matched_names(model), *columns) if name not in same], dialect)
    values = {name: _param("new", table.c[name]) if name in same else rows.c[name] for name in columns}
    matches = [column == rows.c[column.name] for column in table.primary_key]
    if version is not None:
        values[version.name] = rows.c[version.name]
        matches.append(version == rows.c[version.name] - 1)
    return update(table).where(*matches).values(values).returning(*table.primary_key)


def update_many(
    model: Any, columns: tuple[str, ...], rows: Sequence[Row], dialect: str
) -> tuple[Executable, dict[str, Any]]:
    """Return `build_update_many` for these rows, with its parameters."""
    same = _find_same(model, columns, rows)
    names = (*matched_names(model), *columns)
    return build_update_many(model, columns, same, dialect), _many_params(names, same, rows, dialect)


@lru_cache(MAX_CACHED_STATEMENTS)
def build_delete_many(model: Any, dialect: str) -> Executable:
    """Delete the rows with these keys and versions. Return the keys of those that existed."""
    table, matched = table_of(model), key_and_version(model)
    is_listed = tuple_(*matched).in_(listed_values(matched, dialect))
    return delete(table).where(is_listed).returning(*table.primary_key)


def delete_many(model: Any, rows: Sequence[Row], dialect: str) -> tuple[Executable, dict[str, Any]]:
    """Return `build_delete_many` for these rows, with its parameters."""
    return build_delete_many(model, dialect), _many_params(matched_names(model), (), rows, dialect)


def _many_params(columns: Iterable[str], same: tuple[str, ...], rows: Sequence[Row], dialect: str) -> dict[str, Any]:
    listed = (name for name in columns if name not in same)
    return new_params({name: rows[0][name] for name in same}) | row_params(rows, listed, dialect)


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
    return tuple(column.name for column in columns if not _has_sql_default(column))


@cache
def columns_with_sql_default(model: Any) -> tuple[str, ...]:
    """Return the columns that `insertable_columns` leaves out."""
    return tuple(column.name for column in table_of(model).c if _has_sql_default(column))


def _find_same(model: Any, columns: Iterable[str], rows: Sequence[Row]) -> tuple[str, ...]:
    """Return those of these columns that have the same value in all rows. Only the model's `often_same`, and those that
    are null in the first row, are looked at: each set of columns is a statement of its own."""
    often_same: tuple[str, ...] = getattr(model, "often_same", ())
    first = rows[0]
    return tuple(name for name in columns if (name in often_same or first[name] is None) and _is_same(name, rows))


def _is_same(name: str, rows: Sequence[Row]) -> bool:
    first = rows[0][name]
    return all((value := row[name]) is first or value == first for row in rows)


def _has_sql_default(column: Column[Any]) -> bool:
    return column.default is not None and column.default.is_clause_element


@cache
def version_column(model: Any) -> Any:
    """Return the version column of a model, or None."""
    return inspect(model).version_id_col


def key_and_version(model: Any) -> list[Column[Any]]:
    """Return the columns that identify a row in a certain version."""
    version = version_column(model)
    return [*table_of(model).primary_key, *([] if version is None else [version])]


def matched_names(model: Any) -> list[str]:
    """Return the names of the columns that identify a row in a certain version."""
    return [column.name for column in key_and_version(model)]


def _key_and_version_match(model: Any) -> list[ColumnElement[bool]]:
    return [column == _param("old", column) for column in key_and_version(model)]


def _param(prefix: str, column: Column[Any]) -> Any:
    return bindparam(f"{prefix}_{column.name}", type_=column.type)
