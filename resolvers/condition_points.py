"""The points that conditions and orders of lists cost, beside the objects that the lists return."""

from queries.filters import And, CompareCount, Condition, Exists, Matches, Not, Or
from queries.order import Order

WEIGHT_PER_CONDITION = 50


def condition_points(where: Condition, order: Order = ()) -> int:
    """Return the points of a filter and an order for one parent."""
    return WEIGHT_PER_CONDITION * (
        _count_reads(where) + sum(len(sort.path) + (sort.counted is not None) for sort in order)
    )


def _count_reads(condition: Condition) -> int:
    """Return how many conditions read other tables. Comparisons of one number count once."""
    match condition:
        case And(operands) | Or(operands):
            numbers = {operand.relation for operand in operands if isinstance(operand, CompareCount)}
            return len(numbers) + sum(_count_reads(each) for each in operands if not isinstance(each, CompareCount))
        case Not(operand):
            return _count_reads(operand)
        case Exists(condition=inner):
            return 1 + _count_reads(inner)
        case CompareCount() | Matches():
            return 1
    return 0
