"""Aggregates of the rows of connections."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from dataloaders.groups import Groups
from queries.filters import ALL_ROWS, count_table_reads
from queries.groups import KEY, GroupKey, GroupQuery
from queries.lists import PageQuery
from queries.order import Order
from resolvers.condition_points import WEIGHT_PER_CONDITION
from resolvers.connection import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, Connection, connection_keys, shared_loaders
from resolvers.context import Context
from services.core.errors import BadInput

MAX_GROUP_KEYS = 5
MAX_GROUP_SORTS = 10
MAX_GROUP_OFFSET = 10_000


async def load_groups(
    context: Context, connections: Sequence[Connection], arguments: Mapping[str, Any], names: frozenset[str]
) -> list[Groups]:
    """Load these columns of the groups of each connection's rows."""
    query, where = parse_group_query(arguments), arguments.get("where") or ALL_ROWS
    context.condition_points += len(connections) * WEIGHT_PER_CONDITION * count_table_reads(where)
    loader = shared_loaders(connections).get_group_loader(query, where, names)
    return await loader.load_batch(connection_keys(connections))


def parse_group_query(arguments: Mapping[str, Any]) -> GroupQuery:
    """Parse the arguments of an aggregate, without its filter; raise BadInput if they are invalid."""
    keys, order = tuple(arguments.get("group_by") or ()), tuple(arguments.get("order_by") or ())
    _check_keys(keys)
    _check_order(order, {key.name for key in keys})
    first = _parse_number(arguments, "first", DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
    offset = _parse_number(arguments, "offset", 0, MAX_GROUP_OFFSET)
    return GroupQuery(PageQuery(), keys, arguments.get("having"), order, first, offset)


def _check_keys(keys: Sequence[GroupKey]) -> None:
    if len(keys) > MAX_GROUP_KEYS:
        raise BadInput(f"`groupBy` takes at most {MAX_GROUP_KEYS} fields.")
    if len({key.name for key in keys}) < len(keys):
        raise BadInput("`groupBy` contains a field twice.")


def _check_order(order: Order, key_names: AbstractSet[str]) -> None:
    if len(order) > MAX_GROUP_SORTS:
        raise BadInput(f"`orderBy` of groups takes at most {MAX_GROUP_SORTS} criteria.")
    if any(sort.column.startswith(f"{KEY}_") and sort.column not in key_names for sort in order):
        raise BadInput("`orderBy` sorts by a key that `groupBy` does not contain.")


def _parse_number(arguments: Mapping[str, Any], name: str, default: int, maximum: int) -> int:
    number = arguments.get(name)
    if number is None:
        return default
    if not 0 <= number <= maximum:
        raise BadInput(f"`{name}` must be between 0 and {maximum}.")
    return int(number)
