"""Full-text search of articles, and of documents and articles together."""

from operator import attrgetter
from typing import Annotated, Any

import strawberry

from executor import EXECUTOR_EXTENSION, AttributeField, BatchedField
from inputs.dynamic_types import list_of
from inputs.search import SearchText, SearchType, SearchTypes
from models.scopes import Domain
from queries.lists import Projection
from resolvers.connection import load_counts, load_pages
from resolvers.search import load_edges, load_highlights, load_mixed_nodes, search_table, search_tables
from schema.arguments import filter_parameters, page_parameters, parameter
from schema.connection import PageInfo, connection_part
from schema.cost import COUNT_COST, HIGHLIGHTS_COST
from schema.derive import lazy_type
from schema.fields import computed_field
from schema.groups import NO_ATTRIBUTES
from schema.root_fields import search_field
from schema.sources import rows_of
from services.core.access import Access

BY_RANK = "most relevant first, and the newest first among equally relevant objects"


@strawberry.type(description="A field of a search result with the words that match.")
class SearchHighlight:
    field: str = strawberry.field(description="The name of the field: `title` or `content`.")
    html: str = strawberry.field(
        description="HTML of the title, or of fragments of the content. Matching words are in `<mark>`, and everything "
        "else is escaped."
    )


SearchResult: Any = Annotated[
    lazy_type("document") | lazy_type("article"),
    strawberry.union("SearchResult", description="An object that a search finds."),
]


async def _load_highlights(context: Any, edges: Any, _arguments: Any) -> Any:
    return await load_highlights(context, edges)


async def _load_edges(_context: Any, connections: Any, _arguments: Any) -> Any:
    return await load_edges(connections)


async def _load_nodes(_context: Any, connections: Any, _arguments: Any) -> Any:
    return [[edge.node for edge in edges] for edges in await load_edges(connections)]


async def _load_mixed_nodes(context: Any, connections: Any, _arguments: Any) -> Any:
    return [await load_mixed_nodes(context, [edge.node for edge in edges]) for edges in await load_edges(connections)]


async def _load_mixed_node(context: Any, edges: Any, _arguments: Any) -> Any:
    return await load_mixed_nodes(context, [edge.node for edge in edges])


async def _load_page_info(_context: Any, connections: Any, _arguments: Any) -> Any:
    return await load_pages(connections)


async def _load_total_count(_context: Any, connections: Any, _arguments: Any) -> Any:
    return await load_counts(connections)


def _search_connection(prefix: str, node_type: Any, node: Any, load_nodes: Any) -> Any:
    """The connection `{prefix}Connection` of search results, whose edges have a rank and highlights."""
    nodes = BatchedField(load_nodes, parent_attributes=NO_ATTRIBUTES, forwards_projection=True)
    edges = BatchedField(_load_edges, parent_attributes=NO_ATTRIBUTES, forwards_projection=True)
    page_info = BatchedField(_load_page_info, parent_attributes=NO_ATTRIBUTES)
    total_count = BatchedField(_load_total_count, parent_attributes=NO_ATTRIBUTES)
    fields = {
        "edges": connection_part(edges, list_of(_edge_type(prefix, node)), "The results of this page with their rank."),
        "nodes": connection_part(nodes, list_of(node_type), "The results of this page."),
        "page_info": connection_part(page_info, PageInfo, "The position of this page in the list."),
        "total_count": connection_part(
            total_count, int, "The number of all results; counted only if selected.", COUNT_COST
        ),
    }
    name = f"{prefix}Connection"
    return strawberry.type(type(name, (), fields), name=name, description="A page of search results.")


def _edge_type(prefix: str, node: Any) -> Any:
    highlights = BatchedField(_load_highlights, parent_attributes=NO_ATTRIBUTES)
    fields = {
        "cursor": computed_field(attrgetter("cursor"), str, "The cursor of the result."),
        "node": node,
        "rank": computed_field(
            attrgetter("node.rank"), float, "The relevance: greater for more relevant results of the same search."
        ),
        "highlights": connection_part(
            highlights,
            list_of(SearchHighlight),
            "The fields of the result that contain matching words.",
            HIGHLIGHTS_COST,
        ),
    }
    return strawberry.type(type(f"{prefix}Edge", (), fields), description="A search result and its cursor.")


ArticleSearchConnection = _search_connection(
    "ArticleSearch",
    lazy_type("article"),
    strawberry.field(
        graphql_type=lazy_type("article"),
        description="The article.",
        metadata={EXECUTOR_EXTENSION: AttributeField("node", forwards_projection=True)},
    ),
    _load_nodes,
)
SearchConnection = _search_connection(
    "Search",
    SearchResult,
    connection_part(BatchedField(_load_mixed_node, parent_attributes=NO_ATTRIBUTES), SearchResult, "The object."),
    _load_mixed_nodes,
)


async def search_articles(context: Any, query: str, projection: Projection = None, **arguments: Any) -> Any:
    return search_table(context, "article", query, arguments, projection)


async def search(context: Any, query: str, types: Any = None, **arguments: Any) -> Any:
    tables = [str(member).lower() for member in SearchType if types is None or member in types]
    return search_tables(context, tables, query, arguments)


QUERY = parameter("query", SearchText)


@strawberry.type
class SearchQueries:
    search_articles = search_field(
        search_articles,
        ArticleSearchConnection,
        [QUERY, *page_parameters(), *filter_parameters("article", BY_RANK)],
        access=Access.MEMBER,
        domain=Domain.LIBRARY,
        sources=rows_of("article"),
        description="Full-text search in the title and content of articles: the published ones and your own drafts; "
        "for admins, all articles.",
    )
    search = search_field(
        search,
        SearchConnection,
        [QUERY, parameter("types", SearchTypes, None), *page_parameters()],
        access=Access.MEMBER,
        domain=Domain.LIBRARY,
        sources=rows_of("document", "article"),
        description="Full-text search in the title and content of documents and articles, ranked together.",
    )
