"""Declarations of cost, stored in the extensions of fields: how many items a list can have, and the weight of a field.
A field of an input object may have a weight as well (executor/input_weight.py).

The words are those of the GraphQL Cost Directives specification. An operation costs one point per object in its
response, plus the weights of its fields."""

from dataclasses import dataclass

LIST_SIZE_EXTENSION = "list_size"
WEIGHT_EXTENSION = "weight"


@dataclass(frozen=True)
class ListSize:
    """The number of items that a field can have in its list, or in lists of the objects that it returns.

    It is the greatest value of the `slicing_arguments`: a number, or a list, which counts with its length. Without a
    value it is `default_size`; it is never more than `max_size`. With `sized_fields`, it applies to these fields of
    the returned objects, as to `nodes` of a connection, and not to the field itself. A list without a declaration
    counts as one item."""

    default_size: int
    max_size: int
    slicing_arguments: tuple[str, ...] = ()
    sized_fields: tuple[str, ...] = ()
    item_weight: int = 0
