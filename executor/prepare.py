"""Finds the plan of an operation, or makes it."""

from typing import Any

from graphql import (
    DocumentNode,
    GraphQLFieldResolver,
    GraphQLSchema,
    GraphQLTypeResolver,
    default_field_resolver,
    default_type_resolver,
)

from executor.cache import Plans
from executor.compiler import Compiler
from executor.operation import Operation, Refused
from executor.run import Run
from executor.values import Unusual


def prepared(  # noqa: PLR0913, PLR0917 - what execute() is given
    plans: Plans,
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
) -> Run:
    """The run of an operation, whose plan is made if there is none. Raises what makes a plan impossible."""
    operation = _operation(plans, schema, document, operation_name)
    variables = operation.variables(variable_values or {}, max_coercion_errors, hide_suggestions=hide_suggestions)
    resolver = field_resolver or default_field_resolver
    by_default = resolver is default_field_resolver
    key = id(operation), operation.flags(variables), by_default
    plan = plans.plans.get(key)
    if plan is None:
        plan = Compiler(operation, variables, default_resolver=by_default).compile()
        plans.plans.put(key, plan)
    return Run(
        plan,
        variables,
        root_value=root_value,
        context=context,
        field_resolver=resolver,
        type_resolver=type_resolver or default_type_resolver,
        hide_suggestions=hide_suggestions,
    )


def _operation(plans: Plans, schema: GraphQLSchema, document: DocumentNode, name: str | None) -> Operation:
    key = id(schema), id(document), name
    operation = plans.operations.get(key)
    if operation is None:
        try:
            operation = Operation(schema, document, name)
        except Unusual:
            operation = Refused(schema, document)
        plans.operations.put(key, operation)
    if isinstance(operation, Refused):
        raise Unusual
    return operation
