"""Connections: a page of a list, its cursors, and the length of the whole; each part computed only if selected."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import strawberry

from queries.page import Page
from resolvers.listing import Edge
from schema.arguments import PARENT, signed
from schema.derive import type_of
from schema.inputs.build import field, list_of


def _of_page(resolve: Callable[[Page], Any], kind: Any, description: str) -> Any:
    def resolver(root: Any) -> Any:
        return resolve(root)

    return field(resolver=signed(resolver, PARENT), graphql_type=kind, description=description)


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page = _of_page(attrgetter("has_next"), bool, "Whether there are objects after this page.")
    has_previous_page = _of_page(attrgetter("has_previous"), bool, "Whether there are objects before this page.")
    start_cursor = _of_page(attrgetter("start"), str | None, "The cursor of the first object; null on an empty page.")
    end_cursor = _of_page(attrgetter("end"), str | None, "The cursor of the last object; null on an empty page.")


def connection_of(table: str) -> Any:
    """The `TaskConnection` of a table."""
    noun = "".join(part.capitalize() for part in table.split("_"))
    node, edge = type_of(table), _edge_of(table, noun)

    async def edges(root: Any) -> Any:
        page = await root.page()
        return [Edge(page, row) for row in page.rows]

    async def nodes(root: Any) -> Any:
        return (await root.page()).rows

    async def page_info(root: Any) -> Any:
        return await root.page()

    async def total_count(root: Any) -> int:
        return int(await root.count())

    parts = {
        "edges": (edges, list_of(edge), "The objects of this page, each with its cursor."),
        "nodes": (nodes, list_of(node), "The objects of this page."),
        "page_info": (page_info, PageInfo, "Where this page lies in the list."),
        "total_count": (total_count, int, "How many objects the whole list has; counted only if asked for."),
    }
    fields = {
        name: field(resolver=signed(resolve, PARENT), graphql_type=kind, description=words)
        for name, (resolve, kind, words) in parts.items()
    }
    cls = type(f"{noun}Connection", (), fields)
    return strawberry.type(cls, description=f"A page of {table.replace('_', ' ')}s.")


def _edge_of(table: str, noun: str) -> Any:
    def cursor(root: Edge) -> str:
        return root.page.cursor(root.node)

    fields = {
        "__annotations__": {"node": type_of(table)},
        "cursor": field(
            resolver=signed(cursor, PARENT), graphql_type=str, description="Marks the object's place in the list."
        ),
        "node": field(description="The object."),
    }
    cls = type(f"{noun}Edge", (), fields)
    return strawberry.type(cls, description=f"A {table.replace('_', ' ')} in its place on a page.")
