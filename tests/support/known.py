"""What operations can name in a tenant: read from every connection that can be reached without arguments."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from graphql import GraphQLField, GraphQLNamedType, GraphQLObjectType, GraphQLSchema, get_named_type, is_non_null_type

from tests.support.inputs import Known, literal

Ask = Callable[[str], Awaitable[dict[str, Any]]]
"""The data that a query is answered with."""
FARTHEST = 5


async def known_to(schema: GraphQLSchema, ask: Ask) -> Known:
    """The ids and cursors that `ask` gets to see; cursors in the default order and in that of each single column."""
    ids: list[str] = []
    cursors: dict[str, dict[str, list[str]]] = {}
    for kind, path in _ways(schema).items():
        orders = list(_orders(path[-1][1]))
        data = await ask(_query(path, orders))
        cursors[kind] = {order: list(_found(data, f"o{number}", "cursor")) for number, order in enumerate(orders)}
        ids += _found(data, "o0", "id")
    return Known(list(dict.fromkeys(ids)), cursors)


Path = list[tuple[str, GraphQLField]]


def _ways(schema: GraphQLSchema) -> dict[str, Path]:
    """A shortest way from the root to each type of connection."""
    assert schema.query_type is not None
    ways: dict[str, Path] = {}
    seen: set[GraphQLNamedType] = {schema.query_type}
    ends: list[tuple[GraphQLNamedType, Path]] = [(schema.query_type, [])]
    for kind, path in ends:
        for name, field in kind.fields.items() if isinstance(kind, GraphQLObjectType) else ():
            of = get_named_type(field.type)
            if of in seen or len(path) == FARTHEST or any(_is_required(each) for each in field.args.values()):
                continue
            seen.add(of)
            ends.append((of, [*path, (name, field)]))
            if is_connection(of):
                ways[of.name] = [*path, (name, field)]
    return ways


def is_connection(kind: Any) -> bool:
    """Whether a type is a page of a list."""
    return isinstance(kind, GraphQLObjectType) and {"edges", "pageInfo"} <= kind.fields.keys()


def _is_required(argument: Any) -> bool:
    return is_non_null_type(argument.type)


def _orders(field: GraphQLField) -> Iterator[str]:
    """No order, and each column both ways, as literals."""
    yield ""
    if "orderBy" in field.args:
        kind = field.args["orderBy"].type
        parts: Any = get_named_type(kind)
        for column in get_named_type(parts.fields["field"].type).values:
            for direction in get_named_type(parts.fields["direction"].type).values:
                yield literal(kind, [{"field": column, "direction": direction}])


def _query(path: Path, orders: list[str]) -> str:
    *outer, (name, field) = path
    kind: Any = get_named_type(field.type)
    node: Any = get_named_type(get_named_type(kind.fields["edges"].type).fields["node"].type)
    selected = "{ edges { cursor node { " + ("id" if "id" in node.fields else "__typename") + " } } }"
    lists = [
        f"o{number}: {name}{f'(orderBy: {order})' if order else ''} {selected}" for number, order in enumerate(orders)
    ]
    return "{ " + "".join(f"{each} {{ " for each, _ in outer) + " ".join(lists) + " }" * (len(outer) + 1)


def _found(data: Any, under: str, key: str) -> Iterator[str]:
    """The values of a key, wherever they are below another."""
    for name, value in data.items() if isinstance(data, dict) else ():
        if name == under:
            yield from _all(value, key)
        elif isinstance(value, dict | list):
            yield from _found(value, under, key)
    for value in data if isinstance(data, list) else ():
        yield from _found(value, under, key)


def _all(data: Any, key: str) -> Iterator[str]:
    for value in data if isinstance(data, list) else ():
        yield from _all(value, key)
    for name, value in data.items() if isinstance(data, dict) else ():
        if name == key:
            yield value
        else:
            yield from _all(value, key)
