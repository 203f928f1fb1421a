"""Loads the ids and cursors of a tenant's rows from every connection that can be reached without arguments."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from graphql import GraphQLField, GraphQLNamedType, GraphQLObjectType, GraphQLSchema, get_named_type, is_non_null_type

from tests.support.input_strategy import ExistingValues, format_literal

QueryFunction = Callable[[str], Awaitable[dict[str, Any]]]
"""Executes a query and returns its data."""
MAX_PATH_LENGTH = 5


async def load_existing_values(schema: GraphQLSchema, run_query: QueryFunction) -> ExistingValues:
    """Return the ids and cursors that `run_query` can read; cursors in the default order and in that of each column."""
    ids: list[str] = []
    cursors: dict[str, dict[str, list[str]]] = {}
    for type_name, path in _connection_paths(schema).items():
        orders = list(_order_literals(path[-1][1]))
        data = await run_query(_build_query(path, orders))
        cursors[type_name] = {
            order: list(_values_below(data, f"o{number}", "cursor")) for number, order in enumerate(orders)
        }
        ids += _values_below(data, "o0", "id")
    return ExistingValues(list(dict.fromkeys(ids)), cursors)


Path = list[tuple[str, GraphQLField]]


def _connection_paths(schema: GraphQLSchema) -> dict[str, Path]:
    """Return a shortest path from the query type to each connection type."""
    assert schema.query_type is not None
    paths: dict[str, Path] = {}
    visited: set[GraphQLNamedType] = {schema.query_type}
    queue: list[tuple[GraphQLNamedType, Path]] = [(schema.query_type, [])]
    for parent_type, path in queue:
        for name, field in parent_type.fields.items() if isinstance(parent_type, GraphQLObjectType) else ():
            field_type = get_named_type(field.type)
            needs_argument = {"id", "by"} <= field.args.keys() or any(
                is_non_null_type(each.type) for each in field.args.values()
            )
            if field_type in visited or len(path) == MAX_PATH_LENGTH or needs_argument:
                continue
            visited.add(field_type)
            queue.append((field_type, [*path, (name, field)]))
            if is_connection(field_type):
                paths[field_type.name] = [*path, (name, field)]
    return paths


def is_connection(graphql_type: Any) -> bool:
    """Return whether a type is a connection."""
    return isinstance(graphql_type, GraphQLObjectType) and {"edges", "pageInfo"} <= graphql_type.fields.keys()


def _order_literals(field: GraphQLField) -> Iterator[str]:
    """Yield an empty string for the default order, then a literal for each column and direction."""
    yield ""
    if "orderBy" in field.args:
        argument_type = field.args["orderBy"].type
        order_type: Any = get_named_type(argument_type)
        for column in get_named_type(order_type.fields["field"].type).values:
            for direction in get_named_type(order_type.fields["direction"].type).values:
                yield format_literal(argument_type, [{"field": column, "direction": direction}])


def _build_query(path: Path, orders: list[str]) -> str:
    *parents, (name, field) = path
    connection_type: Any = get_named_type(field.type)
    node_type: Any = get_named_type(get_named_type(connection_type.fields["edges"].type).fields["node"].type)
    selection = "{ edges { cursor node { " + ("id" if "id" in node_type.fields else "__typename") + " } } }"
    connections = [
        f"o{number}: {name}{f'(orderBy: {order})' if order else ''} {selection}" for number, order in enumerate(orders)
    ]
    opening = "".join(f"{parent} {{ " for parent, _ in parents)
    return "{ " + opening + " ".join(connections) + " }" * (len(parents) + 1)


def _values_below(data: Any, parent_key: str, key: str) -> Iterator[str]:
    """Yield the values of a key at any depth below a parent key."""
    for name, value in data.items() if isinstance(data, dict) else ():
        if name == parent_key:
            yield from _values_of_key(value, key)
        elif isinstance(value, dict | list):
            yield from _values_below(value, parent_key, key)
    for value in data if isinstance(data, list) else ():
        yield from _values_below(value, parent_key, key)


def _values_of_key(data: Any, key: str) -> Iterator[str]:
    for value in data if isinstance(data, list) else ():
        yield from _values_of_key(value, key)
    for name, value in data.items() if isinstance(data, dict) else ():
        if name == key:
            yield value
        else:
            yield from _values_of_key(value, key)
