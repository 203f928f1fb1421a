"""Statements that export all rows of a table, page by page."""

from typing import Any

from sqlalchemy import Integer, Select, bindparam, select

from models.relations import table_of
from queries.scope import visible
from queries.statement_cache import cached_statement


@cached_statement
def select_rows_after(model: Any) -> Select[Any]:
    """Select :size visible rows after the id :after, in the order of their ids."""
    table = table_of(model)
    after = bindparam("after", type_=table.c.id.type)
    statement = select(*table.c).where(visible(table), table.c.id > after)
    return statement.order_by(table.c.id).limit(bindparam("size", type_=Integer()))
