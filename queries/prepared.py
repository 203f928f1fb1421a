"""Statements as asyncpg takes them: compiled once, with the places that are filled at run time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import Enum, Executable
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
    columns = getattr(statement, "selected_columns", ())
    return _row_of(tuple((column.key, column.type if _is_converted(column.type) else None) for column in columns))


@lru_cache(1000)
def _row_of(columns: tuple[tuple[str, Any], ...]) -> type[asyncpg.Record]:
    """Rows with these columns as attributes, converted where the driver's value is not SQLAlchemy's. One class for the
    same columns, because asyncpg keeps a statement for each class."""
    attributes = {name: property(_getter(place, kind)) for place, (name, kind) in enumerate(columns)}
    return type("Row", (asyncpg.Record,), {"__slots__": (), **attributes})


def _is_converted(kind: Any) -> bool:
    return isinstance(kind, Enum) or _converter(kind) is not None


def _getter(place: int, kind: Any) -> Callable[[Any], Any]:
    if isinstance(kind, Enum):
        members = {None: None, **{member.value: member for member in kind.enum_class or ()}}
        return lambda row: members[row[place]]
    convert = None if kind is None else _converter(kind)
    return itemgetter(place) if convert is None else lambda row: convert(row[place])


def _converter(kind: Any) -> Callable[[Any], Any] | None:
    convert: Callable[[Any], Any] | None = kind.dialect_impl(DIALECT).result_processor(DIALECT, None)
    return convert
