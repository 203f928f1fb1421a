"""Any number of keys as one parameter: the text of an array on PostgreSQL, of a JSON array on SQLite.

An expanding IN costs three times as much on PostgreSQL, makes a new statement for every number of keys, and ends at a
limit of parameters. An array of its own would have the driver look at each key for whether it is an array, too.
"""

import uuid
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import ARRAY, BindParameter, Boolean, ColumnElement, Dialect, String, Uuid, bindparam, cast
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

_hex = attrgetter("hex")


class KeyList(TypeDecorator[Sequence[uuid.UUID]]):
    """A list of ids as a parameter."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Sequence[uuid.UUID] | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        keys = map(_hex, value)
        return f"{{{','.join(keys)}}}" if dialect.name == "postgresql" else orjson.dumps(list(keys)).decode()


def these(ids: Sequence[uuid.UUID]) -> BindParameter[Sequence[uuid.UUID]]:
    """These ids, for `among`."""
    return bindparam(None, list(ids), type_=KeyList())


def array(keys: ColumnElement[Any]) -> ColumnElement[Sequence[uuid.UUID]]:
    """Such a list as PostgreSQL's array."""
    return cast(keys, ARRAY(Uuid()))


class among(FunctionElement[bool]):  # noqa: N801  (reads as SQL does)
    """`among(column, keys)`: whether the column's id is one of the keys."""

    name = "among"
    type = Boolean()
    inherit_cache = True
    _is_implicitly_boolean = True  # or SQLite is told `… = 1`, and finds no index for that


@compiles(among)
def _among_array(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, keys = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(array(keys), **kw)})"


@compiles(among, "sqlite")
def _among_json(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, keys = element.clauses
    return f"{compiler.process(column, **kw)} IN (SELECT value FROM json_each({compiler.process(keys, **kw)}))"  # noqa: S608 -- made of our own clauses
