"""Prepares an execution: gets the plan of an operation from the cache, or compiles it."""

from typing import Any

from graphql import (
    DocumentNode,
    GraphQLFieldResolver,
    GraphQLSchema,
    GraphQLTypeResolver,
    default_field_resolver,
    default_type_resolver,
)

from executor.compiler import Compiler
from executor.execution import Execution
from executor.operation import Operation, UnsupportedDocument
from executor.plan import Plan
from executor.plan_cache import PlanCache
from executor.types import Bailout


def prepare(  # noqa: PLR0913, PLR0917 - the parameters of execute()
    cache: PlanCache,
    schema: GraphQLSchema,
    document: DocumentNode,
    root_value: Any,
    context: Any,
    variable_values: dict[str, Any] | None,
    operation_name: str | None,
    field_resolver: GraphQLFieldResolver | None,
    type_resolver: GraphQLTypeResolver | None,
    *,
    max_coercion_errors: int = 50,
    hide_suggestions: bool = False,
    **_options: Any,
) -> tuple[Plan, Execution]:
    """Return the operation's plan, compiled if it is not cached, and a new execution of it. Raises an exception if the
    operation cannot have a plan."""
    operation = _get_operation(cache, schema, document, operation_name)
    variables = operation.coerce_variables(
        variable_values or {}, max_coercion_errors, hide_suggestions=hide_suggestions
    )
    resolver = field_resolver or default_field_resolver
    is_default = resolver is default_field_resolver
    key = id(operation), operation.condition_values(variables), is_default
    plan = cache.plans.get(key)
    if plan is None:
        plan = Compiler(operation, variables, default_resolver=is_default).compile()
        cache.plans.put(key, plan)
    execution = Execution(
        operation,
        variables,
        root_value=root_value,
        context=context,
        field_resolver=resolver,
        type_resolver=type_resolver or default_type_resolver,
        hide_suggestions=hide_suggestions,
    )
    return plan, execution


def _get_operation(cache: PlanCache, schema: GraphQLSchema, document: DocumentNode, name: str | None) -> Operation:
    key = id(schema), id(document), name
    operation = cache.operations.get(key)
    if operation is None:
        try:
            operation = Operation(schema, document, name)
        except Bailout:
            operation = UnsupportedDocument(schema, document)
        cache.operations.put(key, operation)
    if isinstance(operation, UnsupportedDocument):
        raise Bailout
    return operation
