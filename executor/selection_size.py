"""How much work a selection is per parent. It decides whether a plan executes the parents in chunks."""

from collections.abc import Iterable
from dataclasses import dataclass

from executor.cost_expressions import Cost, Maximum, Product, Size, Sum, VariableSize, add, multiply
from executor.cost_memo import CostMemo

MAX_LOADED_OBJECTS = 2_500
"""The most objects that the fields of a selection load at once, for all parents of a chunk."""
MAX_CONCURRENT_OBJECTS = 10_000
"""The most objects below a selection whose fields are executed concurrently."""
LONG_VALUE_FACTOR = 10
"""A value that may be long counts as so many values."""
UNLIMITED = 2**62


@dataclass(frozen=True)
class FieldSize:
    """The number of objects that a field has per parent: those that it loads, and all in its subtree."""

    loaded: Cost = 0
    subtree: Cost = 0


NO_OBJECTS = FieldSize()


class SelectionSize:
    """The size of a selection: the sum of its fields' sizes.

    `points_per_parent` are the points of a parent and the weights of its fields; `value_count` is the number of its
    leaves, plus one for the object itself, where long values count several times."""

    def __init__(self, fields: Iterable[FieldSize], *, points_per_parent: int, value_count: int) -> None:
        fields = list(fields)
        self.field_order = sorted(range(len(fields)), key=lambda index: upper_bound(fields[index].subtree))
        """The fields' indexes, in the order in which a chunk executes them: small subtrees first. So `pageInfo` of a
        connection uses the rows of `nodes` before they are discarded."""
        self.points_per_parent = points_per_parent
        self.value_count = value_count
        self.loaded = add(field.loaded for field in fields)
        self.subtree = add(field.subtree for field in fields)
        self.max_parents = _max_parents(upper_bound(self.loaded), upper_bound(self.subtree))
        """So many parents are executed at once for any values of the variables."""
        self.limits = CostMemo([self.loaded, self.subtree, *(field.loaded for field in fields)], _parent_limits)
        """How many parents are executed at once with all fields concurrently, and of more parents, how many at once,
        field by field."""


def object_size(selection: SelectionSize) -> FieldSize:
    """Return the size of a field that returns an object."""
    return FieldSize(add([1, selection.loaded]), add([1, selection.subtree]))


def list_size(size: Size, item: FieldSize) -> FieldSize:
    """Return the size of a field that returns a list. What the items load is loaded later, in chunks of items."""
    return NO_OBJECTS if item is NO_OBJECTS else FieldSize(multiply(size, 1), multiply(size, item.subtree))


def upper_bound(cost: Cost | VariableSize) -> int:
    """Return the greatest value that the expression can have."""
    match cost:
        case VariableSize():
            return cost.list_size.max_size
        case Product():
            return upper_bound(cost.size) * upper_bound(cost.factor)
        case Sum():
            return sum(map(upper_bound, cost.terms))
        case Maximum():
            return max(map(upper_bound, cost.options))
        case int():
            return cost
    return 0  # the weight of an argument, which is not part of a size


def _parent_limits(loaded: int, subtree: int, *loaded_by_field: int) -> tuple[int, int]:
    return _max_parents(loaded, subtree), max(1, MAX_LOADED_OBJECTS // max([1, *loaded_by_field]))


def _max_parents(loaded: int, subtree: int) -> int:
    by_loaded = MAX_LOADED_OBJECTS // loaded if loaded else UNLIMITED
    by_subtree = MAX_CONCURRENT_OBJECTS // subtree if subtree else UNLIMITED
    return min(by_loaded, by_subtree)
