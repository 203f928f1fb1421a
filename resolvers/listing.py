"""Lists as connections. Nothing is read before it is selected, and what siblings select is read once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from dataloaders.base import Loader
from dataloaders.lists import Counted, Listed
from dataloaders.pages import Counts, Pages
from models.ids import NOWHERE
from models.relations import Linked, Many, table_named
from queries.conditions import EVERYTHING
from queries.lists import Ask, Columns
from queries.order import BadCursor, Order, Sort, complete, place_of
from queries.page import Page
from resolvers.context import Context
from services.errors import BadInput

DEFAULT_SIZE = 20
LARGEST_SIZE = 100
MOST_SORTS = 10


class Lists:
    """Lists of which the same is asked: what loads their pages and their lengths, once that is wanted."""

    def __init__(self, pages: Callable[[], Loader[Page]], counts: Callable[[], Loader[int]]) -> None:
        self.pages = pages
        self.counts = counts


class Listing(NamedTuple):
    """A list that can be asked for its page and its length, and its key among those alike."""

    alike: Lists
    key: UUID


@dataclass(frozen=True)
class Edge:
    """A row in its place on a page."""

    page: Page
    node: Any


def all_rows(context: Context, table: str, ask: Ask, wanted: Columns = None) -> Listing:
    """The rows of a table that the caller may see."""
    every = Ask(ask.where, whole_server=ask.whole_server)
    loader = context.loaders.get
    pages, counts = partial(loader, Listed, (table, ask), wanted), partial(loader, Counted, (table, every))
    return Listing(Lists(pages, counts), NOWHERE)


def children(
    context: Context, relation: Many | Linked, parents: Sequence[Any], ask: Ask, wanted: Columns
) -> list[Listing]:
    """The rows that belong to each parent."""
    loader = context.loaders.get
    alike = Lists(partial(loader, Pages, (relation, ask), wanted), partial(loader, Counts, (relation, Ask(ask.where))))
    return [Listing(alike, parent.id) for parent in parents]


async def pages_of(listings: Sequence[Listing]) -> list[Page]:
    """The page of each list."""
    return await _alike(listings).pages().load_all(_keys(listings))


async def counts_of(listings: Sequence[Listing]) -> list[int]:
    """How many rows each whole list has."""
    return await _alike(listings).counts().load_all(_keys(listings))


def _alike(listings: Sequence[Listing]) -> Lists:
    """What is asked of all lists of one place."""
    (alike,) = {listing.alike for listing in listings}
    return alike


def _keys(listings: Sequence[Listing]) -> list[UUID]:
    return [listing.key for listing in listings]


def ask_for(table: str, arguments: Mapping[str, Any], *, whole_server: bool = False) -> Ask:
    """What the arguments of a list ask for; BadInput when they make no sense."""
    order = _order(arguments.get("order_by") or ())
    size, backwards = _size(arguments.get("first"), arguments.get("last"))
    after, before = (_mark(table, order, name, arguments.get(name)) for name in ("after", "before"))
    where = arguments.get("where") or EVERYTHING
    return Ask(where, order, size, backwards, after, before, whole_server=whole_server)


def _order(sorts: Sequence[Sort]) -> Order:
    if len(sorts) > MOST_SORTS:
        raise BadInput(f"`orderBy` takes at most {MOST_SORTS} columns.")
    return complete(sorts)


def _size(first: int | None, last: int | None) -> tuple[int, bool]:
    if first is not None and last is not None:
        raise BadInput("Give `first` or `last`, not both.")
    size = next((number for number in (first, last) if number is not None), DEFAULT_SIZE)
    if not 0 <= size <= LARGEST_SIZE:
        raise BadInput(f"`{'first' if last is None else 'last'}` must be between 0 and {LARGEST_SIZE}.")
    return size, last is not None


def _mark(table: str, order: Any, name: str, cursor: str | None) -> tuple[Any, ...] | None:
    if cursor is None:
        return None
    try:
        return place_of(order, table_named(table), cursor)
    except BadCursor:
        raise BadInput(f"`{name}` is no cursor of this list in this order.") from None
