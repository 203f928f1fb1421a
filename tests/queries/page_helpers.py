"""Loading pages with the statements of queries/, without GraphQL."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from database.reader import Reader
from models import Task
from models.relations import table_of
from queries.cursor import decode_cursor, encode_cursor
from queries.lists import PageQuery, select_page
from queries.order import Order, value_names
from queries.page import Page, build_page
from tests.queries.sort_oracle import sorted_value

TASKS = table_of(Task)


async def load_page(reader: Reader, query: PageQuery, model: Any = Task) -> Page:
    """Load a page."""
    return build_page(query, await reader.rows(select_page(model, query)))


def encode_row_cursor(order: Order, row: Any) -> str:
    """Return the cursor of a row of the dataset."""
    values = [sorted_value(row, sort) for sort in order]
    return encode_cursor(order, SimpleNamespace(**dict(zip(value_names(order), values, strict=True))))


def next_query(query: PageQuery, cursor: str | None) -> PageQuery:
    """Return the query of the page beyond an encoded cursor, in the direction of the query."""
    assert cursor is not None
    cursor_values = decode_cursor(query.order, TASKS, cursor)
    return replace(query, before=cursor_values) if query.backwards else replace(query, after=cursor_values)
