"""Pages of lists, from the rows that the statements of queries/lists.py fetch."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from queries.cursor import encode_cursor
from queries.lists import PageQuery
from queries.order import Order

FetchedRows = Sequence[Any]
"""The rows that a page query has fetched of one list: those of the page, and one more if the list has more."""


@dataclass(slots=True)
class Page:
    """The rows of a page in list order, and whether there are rows before and after it."""

    order: Order
    rows: Sequence[Any]
    has_next: bool
    has_previous: bool

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the first row."""
        return encode_cursor(self.order, self.rows[0]) if self.rows else None

    @property
    def end_cursor(self) -> str | None:
        """The cursor of the last row."""
        return encode_cursor(self.order, self.rows[-1]) if self.rows else None


def rows_of_pages(query: PageQuery, lists: Sequence[FetchedRows]) -> list[Sequence[Any]]:
    """Return the rows of the page of each list in list order. An operation may have hundreds of lists, and most need no
    more than this."""
    size = query.size
    pages = list(lists) if max(map(len, lists), default=0) <= size else [fetched[:size] for fetched in lists]
    return [rows[::-1] for rows in pages] if query.backwards else pages


def build_page(query: PageQuery, fetched: FetchedRows) -> Page:
    """Build the page of a list. Beyond a cursor there is always at least the row it was created from."""
    (rows,) = rows_of_pages(query, [fetched])
    has_more = len(fetched) > query.size
    after, before = query.after is not None or query.offset > 0, query.before is not None
    if query.backwards:
        return Page(query.order, rows, has_next=before, has_previous=has_more or after)
    return Page(query.order, rows, has_next=has_more or before, has_previous=after)
