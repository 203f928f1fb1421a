"""Finds the plan of an operation in the cache, or compiles it."""

from contextlib import suppress
from itertools import product
from typing import Any

from graphql import DocumentNode, GraphQLSchema
from graphql.execution.values import VariableValues

from executor.compiler import Compiler
from executor.operation import Operation, UnsupportedDocument
from executor.plan import Plan
from executor.plan_cache import PlanCache
from executor.types import Bailout

MAX_CONDITION_VARIABLES = 3


def find_plan(  # noqa: PLR0913, PLR0917 - the parameters of execute()
    cache: PlanCache,
    schema: GraphQLSchema,
    document: DocumentNode,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
    has_default_resolver: bool = True,  # noqa: FBT001, FBT002
    *,
    max_coercion_errors: int = 50,
    hide_suggestions: bool = False,
    **_options: Any,
) -> tuple[Plan, VariableValues]:
    """Return the operation's plan, compiled if it is not cached, and the coerced variables. `has_default_resolver`
    is whether fields without a resolver use graphql-core's. Raises an exception if the operation cannot have a plan."""
    operation = _get_operation(cache, schema, document, operation_name)
    variables = operation.coerce_variables(
        variable_values or {}, max_coercion_errors, hide_suggestions=hide_suggestions
    )
    key = id(operation), operation.condition_values(variables), has_default_resolver
    plan = cache.plans.get(key)
    if plan is None:
        plan = _compile(cache, operation, variables, default_resolver=has_default_resolver)
        cache.plans.put(key, plan)
    return plan, variables


def find_obstacle(
    cache: PlanCache,
    schema: GraphQLSchema,
    document: DocumentNode,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
) -> str | None:
    """Return why the operation cannot have a plan; None if it has one, which is then in the cache."""
    try:
        find_plan(cache, schema, document, variable_values, operation_name)
    except Exception as error:  # noqa: BLE001 - of the schema, or of the document; graphql-core reports it
        return str(error)
    return None


def compile_plans(cache: PlanCache, schema: GraphQLSchema, document: DocumentNode, operation_name: str | None) -> None:
    """Compile the plans of an operation before its first execution, if it can have some: for all values of the
    variables in `@skip` and `@include`, unless there are too many."""
    try:
        operation = _get_operation(cache, schema, document, operation_name)
    except Bailout:
        return
    names = operation.condition_variables
    defined = {definition.variable.name.value for definition in operation.definition.variable_definitions or ()}
    if len(defined.intersection(names)) > MAX_CONDITION_VARIABLES:
        return
    for values in product(*((False, True) if name in defined else (None,) for name in names)):
        variables = VariableValues({}, dict(zip(names, values, strict=True)))
        with suppress(Bailout):
            plan = _compile(cache, operation, variables, default_resolver=True)
            cache.plans.put((id(operation), values, True), plan)


def _compile(cache: PlanCache, operation: Operation, variables: VariableValues, *, default_resolver: bool) -> Plan:
    compiler = Compiler(
        operation,
        variables,
        default_resolver=default_resolver,
        wrap_batched=cache.wrap_batched,
        native_scalars=cache.native_scalars,
    )
    return compiler.compile()


def _get_operation(cache: PlanCache, schema: GraphQLSchema, document: DocumentNode, name: str | None) -> Operation:
    key = id(schema), id(document), name
    operation = cache.operations.get(key)
    if operation is None:
        try:
            operation = Operation(schema, document, name)
        except Bailout as error:
            operation = UnsupportedDocument(schema, document, str(error))
        cache.operations.put(key, operation)
    if isinstance(operation, UnsupportedDocument):
        raise Bailout(operation.reason)
    return operation
