"""The data structures of a plan: selections, fields, and the functions that resolve and complete the fields' values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from typing import Any, Protocol

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetails

from executor.argument_coercion import ArgumentCoercer
from executor.arguments import Arguments
from executor.execution import Execution
from executor.object_builder import ObjectBuilder
from executor.operation import Operation
from executor.projection import Projection
from executor.selection_size import FieldSize, SelectionSize
from executor.types import AwaitableOrList, Positions

BYTES_PER_KEY = 4
"""Quotation marks, colon and comma."""
BatchResolver = Callable[[Execution, "Field", list[Any], Positions], AwaitableOrList]
"""Resolves a field for all parents: returns a value per parent, not yet completed. If it is a coroutine function, the
coroutine must be awaited where it is created."""


class Completer(Protocol):
    """Completes the values of a field, or the items of its lists (CompleteValue of the GraphQL specification)."""

    required: bool
    accepts_null: bool
    projection: Projection
    size: FieldSize

    def complete(self, execution: Execution, values: list[Any], positions: Positions) -> AwaitableOrList:
        """Return a result per value. The values contain null only if the completer accepts it."""

    def describe(self) -> str:
        """Return the type's name for explain()."""


@dataclass(eq=False)
class Field:
    """A field whose values are resolved for all parents, and then completed."""

    response_key: str
    parent_type: GraphQLObjectType
    definition: GraphQLField
    details: list[FieldDetails]
    resolve: BatchResolver
    completer: Completer
    nodes: list[FieldNode] = field(init=False)
    projection: Projection = field(init=False)
    is_awaited: bool = field(init=False)
    """Whether the resolver is a coroutine function."""
    arguments: Callable[[Execution], Arguments] = field(init=False)
    """Returns the coerced arguments, which are the same for all parents."""
    coerce_arguments: Callable[[Execution], dict[str, Any]] = field(init=False)
    """Returns the coerced arguments in a new dict."""

    def __post_init__(self) -> None:
        self.is_awaited = iscoroutinefunction(self.resolve)
        self.nodes = [detail.node for detail in self.details]
        self.projection = self.completer.projection
        coercer = ArgumentCoercer(self.definition, self.nodes[0])
        self.arguments, self.coerce_arguments = coercer.arguments, coercer.coerce


@dataclass(eq=False)
class Selection:
    """A selection set on an object type: the fields that are resolved level by level, and the generated function that
    builds the response objects."""

    type: GraphQLObjectType
    fields: Sequence[Field]
    build_objects: ObjectBuilder
    projection: Projection
    size: SelectionSize


@dataclass(eq=False)
class Plan:
    """The plan of an operation. `size` is an estimate in bytes; it grows when another type is compiled. With
    `calls_root_resolvers`, the plan of a mutation has root fields and calls the resolvers of all of them."""

    operation: Operation
    root: Selection
    size: int
    calls_root_resolvers: bool
    bytes_of_root_keys: int = field(init=False)
    """The bytes of the root object without the values of its fields."""
    constant: dict[str, Any] | None = field(init=False)
    """The result if it is the same for all executions, as that of `{ __typename }`, with which clients check that the
    server is alive."""

    def __post_init__(self) -> None:
        self.bytes_of_root_keys = sum(len(field.response_key) + BYTES_PER_KEY for field in self.root.fields)
        is_constant = self.root.build_objects.is_constant and not self.operation.is_mutation
        self.constant = self.root.build_objects([None])[0] if is_constant else None
