"""Any number of keys as one parameter: an array on PostgreSQL, a JSON text on SQLite.

An expanding IN costs three times as much on PostgreSQL, makes a new statement for every number of keys, and ends at a
limit of parameters.
"""

import uuid
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ARRAY, BindParameter, Boolean, Dialect, String, Uuid, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class KeyList(TypeDecorator[Sequence[uuid.UUID]]):
    """A list of ids as a parameter."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return ARRAY(Uuid()) if dialect.name == "postgresql" else String()

    def process_bind_param(self, value: Sequence[uuid.UUID] | None, dialect: Dialect) -> Any:
        if dialect.name == "postgresql" or value is None:
            return value
        return orjson.dumps([key.hex for key in value]).decode()


def these(ids: Sequence[uuid.UUID]) -> BindParameter[Sequence[uuid.UUID]]:
    """These ids, for `among`."""
    return bindparam(None, list(ids), type_=KeyList())


class among(FunctionElement[bool]):  # noqa: N801  (reads as SQL does)
    """`among(column, keys)`: whether the column's id is one of the keys."""

    name = "among"
    type = Boolean()
    inherit_cache = True
    _is_implicitly_boolean = True  # or SQLite is told `… = 1`, and finds no index for that


@compiles(among)
def _among_array(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, keys = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(keys, **kw)})"


@compiles(among, "sqlite")
def _among_json(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, keys = element.clauses
    return f"{compiler.process(column, **kw)} IN (SELECT value FROM json_each({compiler.process(keys, **kw)}))"  # noqa: S608 -- made of our own clauses
