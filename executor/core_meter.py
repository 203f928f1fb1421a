"""Measures an execution by graphql-core: points as a plan counts them, and an estimate of the bytes."""

from collections.abc import Sequence
from sys import getsizeof
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema
from graphql.execution.collect_fields import GroupedFieldSet

from executor.cost_declarations import WEIGHT_EXTENSION
from executor.meter import Meter, TooManyErrors
from executor.slicing import MAX_PLAIN_VALUES, Slicing

MAX_ERRORS = 1_000
"""Each error of a field takes several kilobytes, with its traceback."""
EMPTY_TEXT_SIZE = getsizeof("")
BYTES_PER_KEY = 4
"""Quotation marks, colon and comma."""
BYTES_PER_VALUE = 4
"""Of a value that is not a text: a number, true, false or null."""


class CoreMeter:
    """Counts objects and leaves when graphql-core completes them."""

    def __init__(self, schema: GraphQLSchema, meter: Meter) -> None:
        self._schema = schema
        self._meter = meter
        self._sizes: dict[int, tuple[GroupedFieldSet, int, int]] = {}
        """By the identity of a selection: the selection, the weight of its fields, and the bytes of its keys."""

    def count_object(self, type_: GraphQLObjectType, field_set: GroupedFieldSet, *, is_root: bool) -> None:
        """Count an object and the weights of its fields. Raise ExecutionStopped if it is too much."""
        size = self._sizes.get(id(field_set))
        if size is None:
            size = self._sizes[id(field_set)] = self._measure(type_, field_set)
        self._meter.points += size[1] + (not is_root)
        self._meter.plain_values += 1
        self._meter.add_bytes(size[2])

    def count_leaf(self, value: Any) -> None:
        """Count a serialized leaf. The size of a text in memory is about that in UTF-8."""
        self._meter.plain_values += 1
        self._meter.add_bytes(_estimate_bytes(value))

    def check(self) -> None:
        """Raise ExecutionStopped if there are too many bytes or errors already."""
        self._meter.add_bytes(0)

    def count_errors(self, count: int) -> None:
        """Stop the execution if there are so many errors."""
        if count >= MAX_ERRORS and self._meter.stopped_by is None:
            self._meter.stopped_by = TooManyErrors(MAX_ERRORS)

    def encode_objects(self, slicing: Slicing, values: Sequence[Any]) -> list[Any]:
        """Return the values with the objects encoded, if the operation has many values."""
        if self._meter.plain_values <= MAX_PLAIN_VALUES:
            return list(values)
        self._meter.has_encoded_objects = True
        return [slicing.encode(value)[0] if type(value) is dict else value for value in values]

    def _measure(self, type_: GraphQLObjectType, field_set: GroupedFieldSet) -> tuple[GroupedFieldSet, int, int]:
        definitions = [self._schema.get_field(type_, details[0].node.name.value) for details in field_set.values()]
        weight = sum(definition.extensions.get(WEIGHT_EXTENSION, 0) for definition in definitions if definition)
        return field_set, weight, sum(len(key) + BYTES_PER_KEY for key in field_set)


def _estimate_bytes(value: Any) -> int:
    if isinstance(value, str):
        return getsizeof(value) - EMPTY_TEXT_SIZE
    return len(repr(value)) if isinstance(value, dict | list) else BYTES_PER_VALUE
