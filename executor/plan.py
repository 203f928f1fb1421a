"""A plan: what is to be done at each place of an operation, for all parents that there are at that place together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetails

from executor.arguments import Arguments
from executor.reads import Reads

if TYPE_CHECKING:
    from executor.assembly import Assembly
    from executor.operation import Operation
    from executor.run import Answer, Run
    from executor.spots import FieldSpots, Spots


Source = Callable[["Run", "Field", list[Any], "FieldSpots"], "Answer"]
"""Gets a field's values, one a parent, before they are completed."""


class Output(Protocol):
    """Completes the values of a field, or the items of its lists: makes of them what is put into the answer."""

    required: bool
    writes_null: bool
    reads: Reads

    def complete(self, run: "Run", values: list[Any], spots: "Spots") -> "Answer":
        """As many results as values. The values are not null, unless the output writes them."""

    def describe(self) -> str:
        """The type, for people."""


@dataclass(eq=False)
class Field:
    """A field whose values are got for all parents first, and then completed."""

    key: str
    parent: GraphQLObjectType
    definition: GraphQLField
    details: list[FieldDetails]
    source: Source
    output: Output
    nodes: list[FieldNode] = field(init=False)
    wanted: Reads = field(init=False)
    _arguments: Arguments = field(init=False)

    def __post_init__(self) -> None:
        self.nodes = [each.node for each in self.details]
        self.wanted = self.output.reads
        self._arguments = Arguments(self.definition, self.nodes[0])

    def arguments(self, run: "Run") -> Mapping[str, Any]:
        """The coerced arguments: the same for all parents."""
        constant = self._arguments.constant
        return self.coerced(run) if constant is None else constant

    def coerced(self, run: "Run") -> dict[str, Any]:
        """The arguments, coerced anew."""
        return self._arguments.coerced(run.variables, hide_suggestions=run.hide_suggestions)


@dataclass(eq=False)
class Selection:
    """One object type at one place: the fields that are got level by level, and the generated code that puts the
    objects together."""

    type: GraphQLObjectType
    fields: Sequence[Field]
    assemble: "Assembly"
    reads: Reads


@dataclass(eq=False)
class Plan:
    """The root of a plan, and about how many bytes it takes. It grows where types are met for the first time."""

    operation: "Operation"
    root: Selection
    size: int
