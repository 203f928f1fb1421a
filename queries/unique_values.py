"""Statements that look up the rows with certain unique values."""

from typing import Any

from sqlalchemy import Select, select, tuple_

from models.relations import table_of
from queries.row_list import listed_values
from queries.scope import visible
from queries.statement_cache import cached_statement


@cached_statement
def select_with_values(model: Any, columns: tuple[str, ...], dialect: str) -> Select[Any]:
    """Select ids and values of the visible rows whose values of these columns are among `row_params`."""
    table = table_of(model)
    compared = [table.c[name] for name in columns]
    values = listed_values(compared, dialect)
    is_listed = tuple_(*compared).in_(values) if len(compared) > 1 else compared[0].in_(values)
    return select(table.c.id, *compared).where(visible(table), is_listed)
