"""Full-text search: in one table, or in several."""

from asyncio import gather
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from dataloaders.base import Loader
from dataloaders.rows import NodeLoader
from dataloaders.search import HighlightLoader, Search, SearchCountLoader, SearchPageLoader
from models.ids import NIL_UUID
from queries.highlights import Highlight
from queries.lists import PageQuery, Projection
from queries.search import BY_RANK, ranked_columns
from queries.search_query import InvalidSearchQuery, parse_search_query
from resolvers.connection import ConnectionLoaders, Edge, load_rows, parse_page_query, shared_loaders
from resolvers.context import Context
from services.core.errors import BadInput


class SearchLoaders(ConnectionLoaders):
    """The loaders of a connection of the rows that match a search, which is the source. Its rows are not grouped."""

    source: Search
    page_loader, count_loader = SearchPageLoader, SearchCountLoader


SearchConnection = tuple[SearchLoaders, UUID]
"""A connection of the rows that match a search."""


@dataclass(slots=True)
class SearchEdge(Edge):
    """A match of a search: a row; of a search in several tables, its noun and id."""

    search: Search


def search_table(
    context: Context, table: str, query: str, arguments: Mapping[str, Any], projection: Projection
) -> SearchConnection:
    """The rows of a table that match a query."""
    page_query = parse_page_query(ranked_columns(table), arguments, default_order=BY_RANK)
    return _connect(context, _parse((table,), query), page_query, projection)


def search_tables(
    context: Context, tables: Sequence[str], query: str, arguments: Mapping[str, Any]
) -> SearchConnection:
    """The rows of several tables that match a query."""
    if not tables:
        raise BadInput("`types` is empty. Pass at least one type, or omit it.")
    page_query = parse_page_query(ranked_columns(tables[0]), arguments, default_order=BY_RANK)
    return _connect(context, _parse(tuple(tables), query, is_mixed=True), page_query)


async def load_edges(connections: Sequence[SearchConnection]) -> list[list[SearchEdge]]:
    """Load the edges of each connection."""
    loaders = shared_loaders(connections)
    order, search = loaders.query.order, loaders.source
    return [[SearchEdge(order, row, search) for row in rows] for rows in await load_rows(connections)]


async def load_highlights(context: Context, edges: Sequence[SearchEdge]) -> list[list[Highlight]]:
    """Load the highlights of edges of one search, with one statement for each table."""
    (search,) = {edge.search for edge in edges}
    matches = [edge.node for edge in edges]
    return await _load_by_noun(matches, lambda noun: context.loaders.get(HighlightLoader, (noun, search.query)))


async def load_mixed_nodes(context: Context, matches: Sequence[Any]) -> list[Any]:
    """Load the rows of matches in several tables, with one statement for each table."""
    return await _load_by_noun(matches, partial(context.loaders.get, NodeLoader))


async def _load_by_noun(matches: Sequence[Any], get_loader: Callable[[str], Loader[Any]]) -> list[Any]:
    ids_by_noun: dict[str, list[UUID]] = {}
    for match in matches:
        ids_by_noun.setdefault(match.noun, []).append(match.id)
    batches = await gather(*(get_loader(noun).load_batch(ids) for noun, ids in ids_by_noun.items()))
    values = {noun: iter(batch) for noun, batch in zip(ids_by_noun, batches, strict=True)}
    return [next(values[match.noun]) for match in matches]


def _connect(context: Context, search: Search, query: PageQuery, projection: Projection = None) -> SearchConnection:
    return SearchLoaders(context, search, query, projection), NIL_UUID


def _parse(tables: tuple[str, ...], query: str, *, is_mixed: bool = False) -> Search:
    try:
        return Search(tables, parse_search_query(query), is_mixed)
    except InvalidSearchQuery as error:
        raise BadInput(f"`query` is invalid: {error}") from None
