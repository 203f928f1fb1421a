"""Shows the plan of an operation to people."""

from collections.abc import Iterator
from typing import Any

from graphql import DocumentNode, GraphQLSchema

from executor.abstract import Abstract
from executor.cache import Plans
from executor.lists import Items
from executor.objects import Objects
from executor.plan import Field, Output, Selection
from executor.prepare import prepared


def explain(
    schema: GraphQLSchema,
    document: DocumentNode,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
) -> str:
    """The plan as text: each place with its generated code, and the fields that are asked for all parents there."""
    run = prepared(Plans(), schema, document, None, None, variable_values, operation_name, None, None)
    return "\n".join(_place(run.plan.root, ""))


def _place(selection: Selection, indent: str) -> Iterator[str]:
    yield f"{indent}{selection.type.name}"
    yield from (f"{indent}    | {line}" for line in selection.assemble.source.splitlines())
    for field in selection.fields:
        yield f"{indent}    {field.key}: {_kind(field)} -> {field.output.describe()}"
        yield from _below(field.output, f"{indent}        ")


def _kind(field: Field) -> str:
    return getattr(field.source, "__qualname__", "").split(".")[0]


def _below(output: Output, indent: str) -> Iterator[str]:
    if isinstance(output, Items):
        yield from _below(output.item, indent)
    elif isinstance(output, Objects):
        yield from _place(output.selection, indent)
    elif isinstance(output, Abstract):
        for selection in output.selections.values():
            yield from _place(selection, indent)
