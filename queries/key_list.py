"""A list of keys or texts as a single text parameter: an array literal on PostgreSQL, a JSON array on SQLite.

An expanding IN costs three times as much on PostgreSQL, needs a different statement for every number of keys, and is
limited by the maximum number of parameters. A list parameter would make the driver check each key for being a nested
array.
"""

import uuid
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import ARRAY, BindParameter, Boolean, ColumnElement, Dialect, String, Text, Uuid, bindparam, cast
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

_hex = attrgetter("hex")


class KeyList(TypeDecorator[Sequence[uuid.UUID]]):
    """The type of a parameter that holds a list of ids."""

    impl = String
    cache_ok = True
    item_type = Uuid()

    def process_bind_param(self, value: Sequence[uuid.UUID] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        keys = map(_hex, value)
        return f"{{{','.join(keys)}}}" if dialect.name == "postgresql" else orjson.dumps(list(keys)).decode()


class TextList(TypeDecorator[Sequence[str]]):
    """The type of a parameter that holds a list of texts."""

    impl = String
    cache_ok = True
    item_type = Text()

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        texts = list(map(str, value))
        return f"{{{','.join(map(_quote, texts))}}}" if dialect.name == "postgresql" else orjson.dumps(texts).decode()


def _quote(text: str) -> str:
    """Quote an element of an array literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


KEYS_PARAM = bindparam("keys", type_=KeyList())
"""The parameter :keys, for `any_of`."""


def key_list_param(ids: Sequence[uuid.UUID]) -> BindParameter[Sequence[uuid.UUID]]:
    """Return a bind parameter with these ids, for `any_of`."""
    return bindparam(None, list(ids), type_=KeyList())


def as_array(values: Any) -> ColumnElement[Sequence[Any]]:
    """Cast a list parameter to a PostgreSQL array."""
    return cast(values, ARRAY(values.type.item_type))


class any_of(FunctionElement[bool]):  # noqa: N801 -- a SQL function
    """`any_of(column, keys)`: whether the column equals one of the keys or texts of a list parameter."""

    name = "any_of"
    type = Boolean()
    inherit_cache = True
    _is_implicitly_boolean = True  # otherwise SQLAlchemy renders `… = 1` on SQLite, which prevents the use of an index


@compiles(any_of)
def _compile_any_of(element: any_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, keys = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(as_array(keys), **kw)})"


@compiles(any_of, "sqlite")
def _compile_any_of_sqlite(element: any_of, compiler: SQLCompiler, **kw: Any) -> str:
    column, keys = element.clauses
    return f"{compiler.process(column, **kw)} IN (SELECT value FROM json_each({compiler.process(keys, **kw)}))"  # noqa: S608 -- contains compiled clauses only
