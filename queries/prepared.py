"""Statements as asyncpg takes them: compiled once, with the places that are filled at run time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

DIALECT: Any = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Prepared:
    """A statement's text, its values by position, and the class of its rows."""

    sql: str
    values: tuple[Any, ...]
    open: tuple[tuple[int, str], ...]
    row: type[asyncpg.Record]

    def arguments(self, parameters: Mapping[str, Any]) -> list[Any]:
        """All values, the open places filled."""
        values = list(self.values)
        for place, name in self.open:
            values[place] = parameters[name]
        return values


def prepared(statement: Executable) -> Prepared:
    """The statement compiled; the same object is compiled once for as long as it lives."""
    found = _kept.get(statement)
    if found is None:
        found = _kept[statement] = _compiled(statement)
    return found


_kept: WeakKeyDictionary[Executable, Prepared] = WeakKeyDictionary()


def _compiled(statement: Any) -> Prepared:
    compiled: Any = statement.compile(dialect=DIALECT)
    missing = {name: None for name, bind in compiled.binds.items() if bind.required}
    state = compiled.construct_expanded_state(missing)
    process = {**compiled._bind_processors, **state.processors}  # noqa: SLF001 -- the state has only those of IN
    names = list(state.positiontup or ())
    values = tuple(_bound(process.get(name), state.parameters[name]) for name in names)
    places = tuple((place, name) for place, name in enumerate(names) if name in missing)
    return Prepared(state.statement, values, places, _row_class(statement))


def _bound(process: Any, value: Any) -> Any:
    return value if process is None or value is None else process(value)


def _row_class(statement: Any) -> type[asyncpg.Record]:
    """Rows with the statement's columns as attributes, converted as SQLAlchemy does where the driver does not."""
    columns = getattr(statement, "selected_columns", ())
    attributes: dict[str, Any] = {"__slots__": ()}
    for column in columns:
        attributes[column.key] = property(_getter(column.key, column.type.dialect_impl(DIALECT)))
    return type("Row", (asyncpg.Record,), attributes)


def _getter(name: str, kind: Any) -> Callable[[Any], Any]:
    process = kind.result_processor(DIALECT, None)
    if process is None:
        return itemgetter(name)
    return lambda row: process(row[name])
