"""Statements as asyncpg takes them: compiled once, with the places that are filled at run time."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import Enum, Executable
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from models.base import UTCDateTime

DIALECT: Any = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
FORMS_KEPT = 500
Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class Prepared:
    """A statement's text, its values by position, the places among them that are open, the class of its rows, and how
    what goes into the open places is written."""

    sql: str
    values: tuple[Any, ...]
    open: tuple[tuple[int, str], ...]
    row: type[asyncpg.Record]
    converts: tuple[Convert | None, ...]

    def arguments(self, parameters: Mapping[str, Any]) -> list[Any]:
        """All values, the open places filled."""
        values = list(self.values)
        for (place, name), convert in zip(self.open, self.converts, strict=True):
            value = parameters[name]
            values[place] = value if convert is None or value is None else convert(value)
        return values


def prepared(statement: Executable) -> Prepared:
    """The statement compiled; the same object is compiled once for as long as it lives."""
    found = _kept.get(statement)
    if found is None:
        found = _kept[statement] = _Form(statement).filled()
    return found


_kept: WeakKeyDictionary[Executable, Prepared] = WeakKeyDictionary()


def prepared_alike(statement: Any) -> Prepared:
    """The same for statements of the program's own making, of which there are so many kinds and no more: what differs
    from an earlier one in its values only is not compiled again."""
    found = _kept.get(statement)
    if found is not None:
        return found
    cache_key = statement._generate_cache_key()  # noqa: SLF001 -- as SQLAlchemy's guide to caching results has it
    if cache_key is None:
        return prepared(statement)
    found = _kept[statement] = _form(_Asked(statement, cache_key)).filled(cache_key.bindparams)
    return found


class _Asked:
    """A statement, equal to those of the same form."""

    def __init__(self, statement: Any, cache_key: Any) -> None:
        self.statement = statement
        self.cache_key = cache_key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and bool(self.cache_key.key == other.cache_key.key)

    def __hash__(self) -> int:
        return hash(self.cache_key.key)


@lru_cache(FORMS_KEPT)
def _form(asked: _Asked) -> "_Form":
    return _Form(asked.statement, asked.cache_key)


class _Form:
    """What statements have in common that differ in their values only."""

    def __init__(self, statement: Any, cache_key: Any = None) -> None:
        self._compiled = statement.compile(dialect=DIALECT, cache_key=cache_key)
        self._row = _row_class(statement)

    def filled(self, own: Any = None) -> Prepared:
        """With these values in the places of the first statement's."""
        compiled = self._compiled
        missing = {name: None for name, bind in compiled.binds.items() if bind.required}
        given = compiled.construct_params(missing, extracted_parameters=own)
        state = compiled.construct_expanded_state(given)
        converts = {**compiled._bind_processors, **state.processors}  # noqa: SLF001 -- the state has only those of IN
        names = list(state.positiontup or ())
        values = tuple(_bound(converts.get(name), state.parameters[name]) for name in names)
        places = tuple((place, name) for place, name in enumerate(names) if name in missing)
        return Prepared(state.statement, values, places, self._row, tuple(converts.get(name) for _, name in places))


def _bound(convert: Convert | None, value: Any) -> Any:
    return value if convert is None or value is None else convert(value)


def _row_class(statement: Any) -> type[asyncpg.Record]:
    columns = getattr(statement, "exported_columns", ())
    return _row_of(tuple((column.key, column.type if _is_converted(column.type) else None) for column in columns))


@lru_cache(1000)
def _row_of(columns: tuple[tuple[str, Any], ...]) -> type[asyncpg.Record]:
    """Rows with these columns as attributes, converted where the driver's value is not SQLAlchemy's. One class for the
    same columns, because asyncpg keeps a statement for each class."""
    attributes = {name: property(_getter(place, kind)) for place, (name, kind) in enumerate(columns)}
    names = tuple(attributes)
    attributes["_mapping"] = property(lambda row: {name: getattr(row, name) for name in names})
    return type("Row", (asyncpg.Record,), {"__slots__": (), "__layout__": _layout(columns), **attributes})


def _layout(columns: Iterable[tuple[str, Any]]) -> dict[str, tuple[int, Mapping[Any, Any] | None]]:
    """Where the columns lie whose values are not converted, and what an enum's stand for: the executor asks for it."""
    lies = {name: (place, kind) for place, (name, kind) in enumerate(columns)}
    return {
        name: (place, None if kind is None else _members(kind))
        for name, (place, kind) in lies.items()
        if kind is None or isinstance(kind, Enum)
    }


def _is_converted(kind: Any) -> bool:
    return isinstance(kind, Enum) or _converter(kind) is not None


def _getter(place: int, kind: Any) -> Convert:
    if isinstance(kind, Enum):
        members = _members(kind)
        return lambda row: members[row[place]]
    convert = None if kind is None else _converter(kind)
    return itemgetter(place) if convert is None else lambda row: convert(row[place])


def _members(kind: Enum) -> dict[str | None, Any]:
    return {None: None, **{member.value: member for member in kind.enum_class or ()}}


def _converter(kind: Any) -> Convert | None:
    if isinstance(kind, UTCDateTime):
        return None  # the driver's are in UTC
    convert: Convert | None = kind.dialect_impl(DIALECT).result_processor(DIALECT, None)
    return convert
