"""Connections. Pages and counts load only if selected, and sibling connections load in one batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from dataloaders.base import Loader
from dataloaders.children import ChildCountLoader, ChildPageLoader
from dataloaders.groups import ChildGroupLoader, GroupLoader, Groups
from dataloaders.lists import CountLoader, PageLoader
from models.ids import NIL_UUID
from models.relations import ToMany, get_table
from queries.cursor import InvalidCursor, decode_cursor, encode_cursor
from queries.filters import ALL_ROWS, And, Condition
from queries.groups import GroupQuery
from queries.lists import PageQuery, Projection
from queries.order import NEWEST_FIRST, Order, Sort, with_tiebreaker
from queries.page import FetchedRows, Page, build_page, rows_of_pages
from resolvers.condition_points import WEIGHT_PER_CONDITION
from resolvers.context import Context
from services.core.errors import BadInput

DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100
MAX_OFFSET = 10_000
MAX_SKIPPED_ROWS = 100_000
"""By the offsets of all lists of a request together: the database reads what it skips."""
MAX_ORDER_COLUMNS = 10
MAX_RELATED_ORDERS = 3


class ConnectionLoaders:
    """The source and the query of a connection, and the loaders of its page, its count and its groups; sibling
    connections with the same arguments share them. The classes of the loaders are those of the kind of source."""

    page_loader: type[Loader[FetchedRows]]
    count_loader: type[Loader[int]]
    group_loader: type[Loader[Groups]]

    def __init__(self, context: Context, source: Any, query: PageQuery, projection: Projection) -> None:
        self._loaders = context.loaders
        self._projection = projection
        self.source = source
        self.query = query

    def get_page_loader(self) -> Loader[FetchedRows]:
        """The loader of the rows of the page."""
        return self._loaders.get(self.page_loader, (self.source, self.query), self._projection)

    def get_count_loader(self) -> Loader[int]:
        """The loader of the total number of rows, which depends neither on the order nor on the page."""
        return self._loaders.get(self.count_loader, (self.source, _all_rows(self.query)))

    def get_group_loader(self, groups: GroupQuery, where: Condition, names: frozenset[str]) -> Loader[Groups]:
        """The loader of these columns of the groups of the connection's rows that match a further filter."""
        rows = _all_rows(self.query)
        if where != ALL_ROWS:
            rows = replace(rows, where=And((rows.where, where)))
        return self._loaders.get(self.group_loader, (self.source, replace(groups, rows=rows)), names)


class RootLoaders(ConnectionLoaders):
    """The loaders of the rows of a table. The source is its name."""

    page_loader, count_loader, group_loader = PageLoader, CountLoader, GroupLoader


class ChildLoaders(ConnectionLoaders):
    """The loaders of related rows. The source is the relation."""

    page_loader, count_loader, group_loader = ChildPageLoader, ChildCountLoader, ChildGroupLoader


Connection = tuple[ConnectionLoaders, UUID]
"""The loaders of a connection and its key in them: the parent's id, or NIL_UUID for a root connection."""
LoadersType = TypeVar("LoadersType", bound=ConnectionLoaders)


@dataclass(slots=True)
class Edge:
    """A row of a list in this order."""

    order: Order
    node: Any

    @property
    def cursor(self) -> str:
        """The cursor of the row."""
        return encode_cursor(self.order, self.node)


def root_connection(context: Context, table: str, query: PageQuery, projection: Projection = None) -> Connection:
    """The connection of all rows of a table that the principal may see."""
    _check_query(context, query, 1)
    return RootLoaders(context, table, query, projection), NIL_UUID


def child_connections(
    context: Context, relation: ToMany, parents: Sequence[Any], query: PageQuery, projection: Projection
) -> list[Connection]:
    """The connection of each parent's related rows."""
    _check_query(context, query, len(parents))
    loaders = ChildLoaders(context, relation, query, projection)
    return [(loaders, parent.id) for parent in parents]


def _check_query(context: Context, query: PageQuery, lists: int) -> None:
    """Count what the database reads for this number of lists in addition to their rows. Raise BadInput if the lists of
    a request together skip too many rows, Forbidden if the principal may not see the deleted rows of the query."""
    context.skipped_rows += query.offset * lists
    if context.skipped_rows > MAX_SKIPPED_ROWS:
        message = f"The `offset`s of all lists together skip more than {MAX_SKIPPED_ROWS:,} rows."
        raise BadInput(f"{message} Continue from cursors with `after` instead.")
    context.condition_points += WEIGHT_PER_CONDITION * query.table_reads * lists
    if query.include_deleted:
        context.require_deleted_access()


def _all_rows(query: PageQuery) -> PageQuery:
    """The query of the whole list."""
    return PageQuery(query.where, server_wide=query.server_wide, include_deleted=query.include_deleted)


async def load_pages(connections: Sequence[Connection]) -> list[Page]:
    """Load the page of each connection."""
    loaders = shared_loaders(connections)
    lists = await loaders.get_page_loader().load_batch(connection_keys(connections))
    return [build_page(loaders.query, fetched) for fetched in lists]


async def load_rows(connections: Sequence[Connection]) -> list[Sequence[Any]]:
    """Load the rows of the page of each connection."""
    loaders = shared_loaders(connections)
    return rows_of_pages(loaders.query, await loaders.get_page_loader().load_batch(connection_keys(connections)))


async def load_edges(connections: Sequence[Connection]) -> list[list[Edge]]:
    """Load the edges of the page of each connection."""
    order = shared_loaders(connections).query.order
    return [[Edge(order, row) for row in rows] for rows in await load_rows(connections)]


async def load_counts(connections: Sequence[Connection]) -> list[int]:
    """Load the total number of rows of each connection."""
    return await shared_loaders(connections).get_count_loader().load_batch(connection_keys(connections))


def shared_loaders(connections: Sequence[tuple[LoadersType, UUID]]) -> LoadersType:
    """The loaders that all of these sibling connections share."""
    return connections[0][0]


def connection_keys(connections: Sequence[Connection]) -> list[UUID]:
    """The keys of the connections in their loaders."""
    return [key for _, key in connections]


def parse_page_query(
    table: Any,
    arguments: Mapping[str, Any],
    *,
    server_wide: bool = False,
    default_order: Order = NEWEST_FIRST,
) -> PageQuery:
    """Parse the arguments of a connection; raise BadInput if they are invalid. `table` is a table or its name."""
    order = _parse_order(arguments.get("order_by") or (), default_order)
    size, is_backward = _parse_page_size(arguments.get("first"), arguments.get("last"))
    options: dict[str, Any] = {"offset": _parse_offset(arguments), "server_wide": server_wide}
    options["include_deleted"] = bool(arguments.get("include_deleted"))
    after, before = (_decode_cursor(table, order, name, arguments.get(name)) for name in ("after", "before"))
    return PageQuery(arguments.get("where") or ALL_ROWS, order, size, is_backward, after, before, **options)


def _parse_order(sorts: Sequence[Sort], default_order: Order) -> Order:
    if len(sorts) > MAX_ORDER_COLUMNS:
        raise BadInput(f"`orderBy` takes at most {MAX_ORDER_COLUMNS} columns.")
    if sum(sort.is_related for sort in sorts) > MAX_RELATED_ORDERS:
        raise BadInput(f"`orderBy` takes at most {MAX_RELATED_ORDERS} values of related objects.")
    return with_tiebreaker(sorts) if sorts else default_order


def _parse_page_size(first: int | None, last: int | None) -> tuple[int, bool]:
    if first is not None and last is not None:
        raise BadInput("Pass `first` or `last`, not both.")
    size = next((value for value in (first, last) if value is not None), DEFAULT_PAGE_SIZE)
    if not 0 <= size <= MAX_PAGE_SIZE:
        raise BadInput(f"`{'first' if last is None else 'last'}` must be between 0 and {MAX_PAGE_SIZE}.")
    return size, last is not None


def _parse_offset(arguments: Mapping[str, Any]) -> int:
    offset: int | None = arguments.get("offset")
    others = [name for name in ("after", "before", "last") if arguments.get(name) is not None]
    if offset is not None and others:
        raise BadInput(f"Pass `offset` or `{others[0]}`, not both.")
    if not 0 <= (offset or 0) <= MAX_OFFSET:
        raise BadInput(f"`offset` must be between 0 and {MAX_OFFSET:,}. Continue from a cursor with `after` instead.")
    return offset or 0


def _decode_cursor(table: Any, order: Any, name: str, cursor: str | None) -> tuple[Any, ...] | None:
    if cursor is None:
        return None
    try:
        return decode_cursor(order, get_table(table) if isinstance(table, str) else table, cursor)
    except InvalidCursor:
        raise BadInput(f"`{name}` is not a cursor of this connection with this `orderBy`.") from None
