"""Connections: a page of a list, its cursors, and the length of the whole; each part computed only if selected."""

from operator import attrgetter
from typing import Any

import strawberry

from executor import FIELD, Batched, Column
from resolvers.listing import Edge, counts_of, pages_of
from schema.derive import type_of
from schema.fields import computed, loaded
from schema.inputs.build import field, list_of

NOTHING: frozenset[str] = frozenset()
"""What parts of a connection read off its rows themselves: a page knows its place without them."""


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page = computed(attrgetter("has_next"), bool, "Whether there are objects after this page.")
    has_previous_page = computed(attrgetter("has_previous"), bool, "Whether there are objects before this page.")
    start_cursor = computed(attrgetter("start"), str | None, "The cursor of the first object; null on an empty page.")
    end_cursor = computed(attrgetter("end"), str | None, "The cursor of the last object; null on an empty page.")


def connection_of(table: str) -> Any:
    """The `TaskConnection` of a table."""
    noun = "".join(part.capitalize() for part in table.split("_"))
    node, edge = type_of(table), _edge_of(table, noun)

    fields = {
        "edges": loaded(
            Batched(_edges, reads=NOTHING, through=True),
            list_of(edge),
            "The objects of this page, each with its cursor.",
        ),
        "nodes": loaded(Batched(_nodes, reads=NOTHING, through=True), list_of(node), "The objects of this page."),
        "page_info": loaded(Batched(_page_info, reads=NOTHING), PageInfo, "Where this page lies in the list."),
        "total_count": loaded(
            Batched(_total, reads=NOTHING), int, "How many objects the whole list has; counted only if asked for."
        ),
    }
    cls = type(f"{noun}Connection", (), fields)
    return strawberry.type(cls, description=f"A page of {table.replace('_', ' ')}s.")


async def _edges(_context: Any, listings: Any, _arguments: Any) -> Any:
    return [[Edge(page, row) for row in page.rows] for page in await pages_of(listings)]


async def _nodes(_context: Any, listings: Any, _arguments: Any) -> Any:
    return [page.rows for page in await pages_of(listings)]


async def _page_info(_context: Any, listings: Any, _arguments: Any) -> Any:
    return await pages_of(listings)


async def _total(_context: Any, listings: Any, _arguments: Any) -> Any:
    return await counts_of(listings)


def _edge_of(table: str, noun: str) -> Any:
    fields = {
        "__annotations__": {"node": type_of(table)},
        "cursor": computed(lambda edge: edge.page.cursor(edge.node), str, "Marks the object's place in the list."),
        "node": field(description="The object.", metadata={FIELD: Column("node", through=True)}),
    }
    cls = type(f"{noun}Edge", (), fields)
    return strawberry.type(cls, description=f"A {table.replace('_', ' ')} in its place on a page.")
