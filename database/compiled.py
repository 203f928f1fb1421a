"""SQLAlchemy statements compiled for asyncpg: SQL, arguments by position and the class of the rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import Executable

from database.record_class import DIALECT, Converter, record_class_of
from database.sized_cache import SizedCache
from database.uncached import is_uncached

SHAPE_CACHE_SIZE = 500
SHAPE_CACHE_BYTES = 8 * 2**20
BYTES_PER_CHARACTER = 40
"""An estimate of the bytes of a statement and its compiled form for a character of its SQL."""


@dataclass(frozen=True)
class CompiledStatement:
    """A statement as asyncpg executes it."""

    sql: str
    values: tuple[Any, ...]
    """The arguments by position; those at the positions of placeholders are replaced at execution."""
    placeholders: tuple[tuple[int, str], ...]
    """Position and parameter name of the arguments that are passed at execution."""
    record_class: type[asyncpg.Record]
    converters: tuple[Converter | None, ...]
    """Convert the values of the placeholders, in their order, to what asyncpg expects."""

    def arguments(self, parameters: Mapping[str, Any]) -> list[Any]:
        """Return the arguments by position."""
        values = list(self.values)
        for (position, name), convert in zip(self.placeholders, self.converters, strict=True):
            value = parameters[name]
            values[position] = value if convert is None or value is None else convert(value)
        return values


SHAPES: SizedCache["_Shape"] = SizedCache(SHAPE_CACHE_SIZE, SHAPE_CACHE_BYTES)
_compiled: WeakKeyDictionary[Executable, CompiledStatement] = WeakKeyDictionary()


def compile_statement(statement: Executable) -> CompiledStatement:
    """Compile the statement, once for each statement object."""
    compiled = _compiled.get(statement)
    if compiled is None:
        compiled = _compiled[statement] = _Shape(statement).bind()
    return compiled


def compile_by_shape(statement: Any) -> CompiledStatement:
    """Compile the statement, once for all statements that differ in their values only.

    The clients' filters determine the shapes, so the cache of shapes is bounded in bytes.
    """
    compiled = _compiled.get(statement)
    if compiled is not None:
        return compiled
    cache_key = None if is_uncached(statement) else statement._generate_cache_key()  # noqa: SLF001 -- documented
    if cache_key is None:
        return compile_statement(statement)
    compiled = _compiled[statement] = _shape_of(statement, cache_key).bind(cache_key.bindparams)
    return compiled


def _shape_of(statement: Any, cache_key: Any) -> "_Shape":
    shape = SHAPES.get(cache_key.key)
    if shape is None:
        shape = _Shape(statement, cache_key)
        SHAPES.put(cache_key.key, shape, shape.size)
    return shape


class _Shape:
    """The compiled form that statements share if they differ in their values only."""

    def __init__(self, statement: Any, cache_key: Any = None) -> None:
        self._compiled = statement.compile(dialect=DIALECT, cache_key=cache_key)
        self._record_class = record_class_of(statement)

    @property
    def size(self) -> int:
        """The estimated size in bytes, with the statement and its values."""
        values = [bind.value for bind in self._compiled.binds.values()]
        return BYTES_PER_CHARACTER * len(self._compiled.string) + sum(map(_value_size, values))

    def bind(self, bind_parameters: Any = None) -> CompiledStatement:
        """Return the compiled statement with these values instead of those of the statement compiled first."""
        compiled = self._compiled
        required = {name: None for name, bind in compiled.binds.items() if bind.required}
        parameters = compiled.construct_params(required, extracted_parameters=bind_parameters)
        state = compiled.construct_expanded_state(parameters)
        converters = {**compiled._bind_processors, **state.processors}  # noqa: SLF001 -- the state has those of IN only
        names = list(state.positiontup or ())
        values = tuple(_convert(converters.get(name), state.parameters[name]) for name in names)
        placeholders = tuple((position, name) for position, name in enumerate(names) if name in required)
        placeholder_converters = tuple(converters.get(name) for _, name in placeholders)
        return CompiledStatement(state.statement, values, placeholders, self._record_class, placeholder_converters)


def _convert(converter: Converter | None, value: Any) -> Any:
    return value if converter is None or value is None else converter(value)


def _value_size(value: Any) -> int:
    if isinstance(value, str):
        return 100 + len(value)
    return sum(map(_value_size, value)) if isinstance(value, list | tuple) else 100
