"""Formats the plan of an operation as text."""

from collections.abc import Iterator
from typing import Any

from graphql import DocumentNode, GraphQLSchema

from executor.abstract_completion import AbstractCompleter
from executor.list_completion import ListCompleter
from executor.object_completion import ObjectCompleter
from executor.plan import Completer, Field, Selection
from executor.plan_cache import PlanCache
from executor.plan_lookup import find_plan


def explain(
    schema: GraphQLSchema,
    document: DocumentNode,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
) -> str:
    """Return the plan as text: each selection with its generated code, and the fields that are resolved before it."""
    plan, _ = find_plan(PlanCache(), schema, document, variable_values, operation_name)
    return "\n".join(_selection_lines(plan.root, ""))


def _selection_lines(selection: Selection, indent: str) -> Iterator[str]:
    yield f"{indent}{selection.type.name}"
    yield from (f"{indent}    | {line}" for line in selection.build_objects.source.splitlines())
    for field in selection.fields:
        yield f"{indent}    {field.response_key}: {_resolver_name(field)} -> {field.completer.describe()}"
        yield from _subselection_lines(field.completer, f"{indent}        ")


def _resolver_name(field: Field) -> str:
    """Return the name of the function in batch_resolvers."""
    return getattr(field.resolve, "__qualname__", "").split(".")[0]


def _subselection_lines(completer: Completer, indent: str) -> Iterator[str]:
    if isinstance(completer, ListCompleter):
        yield from _subselection_lines(completer.item_completer, indent)
    elif isinstance(completer, ObjectCompleter):
        yield from _selection_lines(completer.selection, indent)
    elif isinstance(completer, AbstractCompleter):
        for selection in completer.selections.values():
            yield from _selection_lines(selection, indent)
