"""A page of a list, built from the rows that the statements of queries/lists.py return."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from queries.cursor import encode_cursor
from queries.lists import PageQuery


@dataclass(slots=True)
class Page:
    """The rows of a page in list order, and whether there are rows before and after it."""

    query: PageQuery
    rows: Sequence[Any]
    has_next: bool
    has_previous: bool

    @property
    def start_cursor(self) -> str | None:
        """The cursor of the first row."""
        return self.cursor_for(self.rows[0]) if self.rows else None

    @property
    def end_cursor(self) -> str | None:
        """The cursor of the last row."""
        return self.cursor_for(self.rows[-1]) if self.rows else None

    def cursor_for(self, row: Any) -> str:
        """Return the cursor of a row."""
        return encode_cursor(self.query.order, row)


def build_page(query: PageQuery, fetched: Sequence[Any]) -> Page:
    """Build the page from the fetched rows. Beyond a cursor there is always at least the row it was created from."""
    has_more = len(fetched) > query.size
    rows = fetched[: query.size] if has_more else fetched
    after, before = query.after is not None or query.offset > 0, query.before is not None
    if query.backwards:
        return Page(query, rows[::-1], has_next=before, has_previous=has_more or after)
    return Page(query, rows, has_next=has_more or before, has_previous=after)
