"""The cost of fields, as metadata: sizes of lists and weights, from which the cost of operations is computed."""

from typing import Any

from executor import LIST_SIZE_EXTENSION, WEIGHT_EXTENSION, ListSize
from resolvers.changes import DEFAULT_CHANGES, MAX_CHANGES
from resolvers.condition_points import WEIGHT_PER_CONDITION
from resolvers.connection import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE

Metadata = dict[Any, Any]

CONNECTION_COST: Metadata = {
    LIST_SIZE_EXTENSION: ListSize(DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, ("first", "last"), ("edges", "nodes"))
}
"""Of a field that returns a connection."""
CHANGES_COST: Metadata = {LIST_SIZE_EXTENSION: ListSize(DEFAULT_CHANGES, MAX_CHANGES, ("first",), ("nodes",))}
"""Of the change feed."""
COUNT_COST: Metadata = {WEIGHT_EXTENSION: 10}
"""Of a field that counts the rows of one parent."""
GROUPS_COST: Metadata = {
    LIST_SIZE_EXTENSION: ListSize(DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, ("first",), ("groups",)),
    WEIGHT_EXTENSION: 50,
}
"""Of a field that aggregates the rows of one parent by group: it reads all of them, however few groups it returns."""
AGGREGATE_WEIGHT = 100
"""Of a field that aggregates a whole table."""
CONDITION_WEIGHT = WEIGHT_PER_CONDITION
"""Of each condition and sort criterion for which the database may read other tables for all rows of one parent."""
SEARCH_COST: Metadata = CONNECTION_COST | {WEIGHT_EXTENSION: AGGREGATE_WEIGHT}
"""Of a field that searches the full-text index: it ranks all matches, however few it returns."""
MUTATION_COST: Metadata = {WEIGHT_EXTENSION: 10}
ROW_WEIGHT = 1
"""Of each row that a bulk mutation writes. One transaction for all rows costs less than one for each."""


def list_cost(size: int, argument: str | None = None, *, weight: int = 0) -> Metadata:
    """Return the metadata of a list with at most `size` items, or with as many as the argument has."""
    return {
        LIST_SIZE_EXTENSION: ListSize(size, size, (argument,) if argument else ()),
        WEIGHT_EXTENSION: weight,
    }


def bulk_mutation_cost(argument: str | None, list_field: str, max_size: int) -> Metadata:
    """Return the metadata of a mutation whose payload has a list with as many items as an argument has, if any."""
    arguments = () if argument is None else (argument,)
    return MUTATION_COST | {LIST_SIZE_EXTENSION: ListSize(max_size, max_size, arguments, (list_field,))}


def bulk_cost(arguments: tuple[str, ...], max_size: int) -> Metadata:
    """Return the metadata of a mutation that writes as many rows as the arguments say, with a result for each."""
    return MUTATION_COST | {LIST_SIZE_EXTENSION: ListSize(max_size, max_size, arguments, ("results",), ROW_WEIGHT)}


HIGHLIGHTS_COST = list_cost(2, weight=3)
"""Of the highlights of a search result, for which the database parses its text."""
