"""Connection types: a page of a list, its cursors and the total count. Each part is loaded only if selected."""

from operator import attrgetter
from typing import Any

import strawberry

from executor import EXECUTOR_EXTENSION, AttributeField, BatchedField
from inputs.declared_types import declare_type
from inputs.dynamic_types import field, list_of
from inputs.nouns import capitalized, plural, singular, type_name, with_article
from resolvers.connection import load_counts, load_edges, load_pages, load_rows
from schema.cost import COUNT_COST, Metadata
from schema.derive import lazy_type
from schema.fields import batched_field, computed_field
from schema.groups import NO_ATTRIBUTES, aggregate_field
from schema.sources import READS_PARENT_ONLY


@strawberry.type(description="The position of a page in its list.")
class PageInfo:
    has_next_page = computed_field(attrgetter("has_next"), bool, "Whether there are objects after this page.")
    has_previous_page = computed_field(attrgetter("has_previous"), bool, "Whether there are objects before this page.")
    start_cursor = computed_field(
        attrgetter("start_cursor"), str | None, "The cursor of the first object; null on an empty page."
    )
    end_cursor = computed_field(
        attrgetter("end_cursor"), str | None, "The cursor of the last object; null on an empty page."
    )


def connection_type(table: str) -> Any:
    """The `TaskConnection` of a table."""
    nodes = BatchedField(_load_nodes, parent_attributes=NO_ATTRIBUTES, forwards_projection=True)
    edges = BatchedField(_load_edges, parent_attributes=NO_ATTRIBUTES, forwards_projection=True)
    page_info = BatchedField(_load_page_info, parent_attributes=NO_ATTRIBUTES)
    total_count = BatchedField(_load_total_count, parent_attributes=NO_ATTRIBUTES)
    fields = {
        "edges": connection_part(edges, list_of(_edge_type(table)), "The objects of this page with their cursors."),
        "nodes": connection_part(nodes, list_of(lazy_type(table)), "The objects of this page."),
        "page_info": connection_part(page_info, PageInfo, "The position of this page in the list."),
        "total_count": connection_part(
            total_count,
            int,
            "The number of objects in the whole list; counted only if selected.",
            COUNT_COST,
        ),
        "aggregate": aggregate_field(table),
    }
    name = f"{type_name(table)}Connection"
    return declare_type(name, strawberry.type(type(name, (), fields), description=f"A page of {plural(table)}."))


def connection_part(batched: BatchedField, graphql_type: Any, description: str, cost: Metadata | None = None) -> Any:
    """A field of a connection or an edge, which reads what the field that returns the connection has declared.
    The parent is no row, so none in the past either."""
    metadata = READS_PARENT_ONLY | (cost or {})
    return batched_field(batched, graphql_type, description, metadata=metadata, has_past=True)


def _load_edges(_context: Any, connections: Any, _arguments: Any) -> Any:
    return load_edges(connections)


def _load_nodes(_context: Any, connections: Any, _arguments: Any) -> Any:
    return load_rows(connections)


def _load_page_info(_context: Any, connections: Any, _arguments: Any) -> Any:
    return load_pages(connections)


def _load_total_count(_context: Any, connections: Any, _arguments: Any) -> Any:
    return load_counts(connections)


def _edge_type(table: str) -> Any:
    fields = {
        "__annotations__": {"node": lazy_type(table)},
        "cursor": computed_field(attrgetter("cursor"), str, "The cursor of the object."),
        "node": field(
            description="The object.",
            metadata={EXECUTOR_EXTENSION: AttributeField("node", forwards_projection=True)},
        ),
    }
    cls = type(f"{type_name(table)}Edge", (), fields)
    return strawberry.type(cls, description=f"{capitalized(with_article(singular(table)))} and its cursor.")
