"""Conditions on columns of names (models/fields.py): names in one text, separated and surrounded by spaces."""

from sqlalchemy import Boolean
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from queries.key_list import as_array


class includes_any(FunctionElement[bool]):  # noqa: N801 -- a SQL function
    """`includes_any(column, names)`: whether one of the column's names is in a list parameter. Case matters."""

    name = "includes_any"
    type = Boolean()
    inherit_cache = True
    _is_implicitly_boolean = True


@compiles(includes_any)
def _compile(element: includes_any, compiler: SQLCompiler, **kw: object) -> str:
    column, names = element.clauses
    own_names = f"string_to_array(btrim({compiler.process(column, **kw)}), ' ')"
    return f"{own_names} && {compiler.process(as_array(names), **kw)}"


@compiles(includes_any, "sqlite")
def _compile_sqlite(element: includes_any, compiler: SQLCompiler, **kw: object) -> str:
    column, names = element.clauses
    text, values = compiler.process(column, **kw), compiler.process(names, **kw)
    # a text with a space is no name, and would match two adjacent ones; an empty text would match an empty list
    is_included = f"value <> '' AND instr(value, ' ') = 0 AND instr({text}, ' ' || value || ' ') > 0"
    return f"EXISTS (SELECT 1 FROM json_each({values}) WHERE {is_included})"  # noqa: S608 -- contains compiled clauses only
