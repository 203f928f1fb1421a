"""Finds the plan of an operation in the cache, or compiles it."""

from contextlib import suppress
from itertools import product
from typing import Any

from graphql import DocumentNode, GraphQLSchema
from graphql.execution.values import VariableValues

from executor.compiler import Compiler
from executor.operation import NO_VARIABLES, Operation, UnsupportedDocument
from executor.plan import Plan
from executor.plan_cache import PlanCache
from executor.prepared_operation import PreparedOperation, Variant
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
    prepared = cache.operations.get((id(schema), id(document), operation_name))
    if not isinstance(prepared, PreparedOperation):
        prepared = _prepare(cache, schema, document, operation_name)
    operation = prepared.operation
    variables = NO_VARIABLES
    if operation.definition.variable_definitions:
        inputs = variable_values or {}
        variables = operation.coerce_variables(inputs, max_coercion_errors, hide_suggestions=hide_suggestions)
    conditions = operation.condition_values(variables) if operation.condition_variables else ()
    variant = conditions, has_default_resolver
    return prepared.find_plan(variant) or _compile(cache, prepared, variables, variant), variables


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
        prepared = _prepare(cache, schema, document, operation_name)
    except Bailout:
        return
    operation = prepared.operation
    names = operation.condition_variables
    defined = {definition.variable.name.value for definition in operation.definition.variable_definitions or ()}
    if len(defined.intersection(names)) > MAX_CONDITION_VARIABLES:
        return
    for values in product(*((False, True) if name in defined else (None,) for name in names)):
        variables = VariableValues({}, dict(zip(names, values, strict=True)))
        with suppress(Bailout):
            _compile(cache, prepared, variables, (values, True))


def _compile(cache: PlanCache, prepared: PreparedOperation, variables: VariableValues, variant: Variant) -> Plan:
    """Compile a plan, and store it."""
    operation = prepared.operation
    compiler = Compiler(
        operation,
        variables,
        default_resolver=variant[1],
        wrap_batched=cache.wrap_batched,
        native_scalars=cache.native_scalars,
    )
    plan = compiler.compile()
    prepared.add_plan(variant, plan)
    cache.operations.put((id(operation.schema), id(operation.document), operation.name), prepared)
    return plan


def _prepare(cache: PlanCache, schema: GraphQLSchema, document: DocumentNode, name: str | None) -> PreparedOperation:
    """Return the operation with its plans; raise Bailout if it cannot have any."""
    key = id(schema), id(document), name
    found = cache.operations.get(key)
    if found is None:
        try:
            found = PreparedOperation(Operation(schema, document, name))
        except Bailout as error:
            found = UnsupportedDocument(schema, document, str(error))
        cache.operations.put(key, found)
    if isinstance(found, UnsupportedDocument):
        raise Bailout(found.reason)
    return found
