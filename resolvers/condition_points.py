"""The points that conditions and orders of lists cost, beside the objects that the lists return."""

from queries.filters import Condition, count_table_reads
from queries.order import Order

WEIGHT_PER_CONDITION = 50


def condition_points(where: Condition, order: Order = ()) -> int:
    """Return the points of a filter and an order for one parent: for each read of another table."""
    sorts = sum(len(sort.path) + (sort.counted is not None) for sort in order)
    return WEIGHT_PER_CONDITION * (count_table_reads(where) + sorts)
