"""`execute()`, with the signature of graphql-core's: runs a plan, and falls back to graphql-core if the plan fails.

It has further parameters:

- `on_fallback` is awaited before graphql-core executes an operation whose resolvers have been called by a failed plan;
  it must discard what they loaded. It receives the exception of the plan. So resolvers of queries may be called twice.
- `core_options` are further options with which graphql-core is called, such as middleware.
- With `dedupe_objects`, the result may contain one dict in several positions, where the same object occurs; only for
  callers that do not change the result.
- `meter` counts the points and bytes of the execution.
- With `slicing`, the objects of a large result are encoded while the plan runs, and the event loop, which must be
  running, runs other tasks in between. If the result then exceeds `meter.max_bytes`, ResponseTooLarge is raised; if
  graphql-core collects too many errors, TooManyErrors.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLFieldResolver,
    GraphQLSchema,
    GraphQLTypeResolver,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution.values import VariableValues

from executor.core_execution import execute_with_core
from executor.execution import Execution
from executor.meter import Meter
from executor.mutation_run import MutationRun
from executor.object_completion import execute_selection
from executor.plan import Plan
from executor.plan_cache import PlanCache
from executor.plan_lookup import compile_plans, find_plan
from executor.plan_with_fallback import FallbackHook, PlanWithFallback
from executor.positions import RootPosition
from executor.slicing import Slicing
from executor.types import AwaitableOrList

DEFAULT_PLAN_CACHE = PlanCache()
"""The cache of the process, used if the caller passes none."""

Result = ExecutionResult | Awaitable[ExecutionResult]
SUPPORTED_OPTIONS = {"subscribe_field_resolver", "max_coercion_errors", "enable_early_execution", "hide_suggestions"}
"""Options with which a plan returns what graphql-core does."""


def execute(  # noqa: PLR0913, PLR0917 - graphql-core's signature
    schema: GraphQLSchema,
    document: DocumentNode,
    root_value: Any = None,
    context_value: Any = None,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
    field_resolver: GraphQLFieldResolver | None = None,
    type_resolver: GraphQLTypeResolver | None = None,
    *,
    on_fallback: FallbackHook | None = None,
    plan_cache: PlanCache = DEFAULT_PLAN_CACHE,
    dedupe_objects: bool = False,
    meter: Meter | None = None,
    slicing: Slicing | None = None,
    core_options: Mapping[str, Any] | None = None,
    **options: Any,
) -> Result:
    """Return what `graphql.execute()` returns. Its other parameters are accepted as keywords; with some of them, such
    as middleware, graphql-core executes the operation. The module's docstring describes the further parameters."""
    resolver = field_resolver or default_field_resolver
    has_default_resolver = resolver is default_field_resolver
    found = _find_plan(options, plan_cache, schema, document, variable_values, operation_name, has_default_resolver)
    if found is not None and found[0].constant is not None:
        return ExecutionResult(dict(found[0].constant), None)
    arguments = (schema, document, root_value, context_value, variable_values, operation_name)
    all_options = options if core_options is None else {**options, **core_options}
    core_execute = partial(_execute_with_core, (*arguments, field_resolver, type_resolver), meter, slicing, all_options)
    if found is None:
        return core_execute()
    plan, variables = found
    execution = Execution(plan.operation, variables, root_value, context_value)
    execution.field_resolver, execution.type_resolver = resolver, type_resolver or default_type_resolver
    execution.hide_suggestions = options.get("hide_suggestions", False)
    execution.dedupe_objects, execution.slicing, execution.meter = dedupe_objects, slicing, meter or Meter()
    has_middleware = all_options.get("middleware") is not None
    return _execute_plan(plan, execution, core_execute, on_fallback, has_middleware=has_middleware)


def prepare(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    plan_cache: PlanCache = DEFAULT_PLAN_CACHE,
) -> None:
    """Compile the plans of an operation, so that its first execution need not."""
    compile_plans(plan_cache, schema, document, operation_name)


def _execute_with_core(
    arguments: tuple[Any, ...], meter: Meter | None, slicing: Slicing | None, options: dict[str, Any], /, **extra: Any
) -> Result:
    measured = {} if slicing is None and meter is None else {"meter": meter, "slicing": slicing}
    result: Result = execute_with_core(*arguments, **(measured | options | extra))
    return result


def _find_plan(options: dict[str, Any], *arguments: Any) -> tuple[Plan, VariableValues] | None:
    """Return the plan and the coerced variables. None if graphql-core must execute the operation: then it reports its
    errors, without an exception of ours as their context."""
    if not options.keys() <= SUPPORTED_OPTIONS and not _are_supported(options):
        return None
    try:
        return find_plan(*arguments, **options)
    except Exception:  # noqa: BLE001 - graphql-core reports the error
        return None


def _are_supported(options: dict[str, Any]) -> bool:
    return all(value is None or name in SUPPORTED_OPTIONS for name, value in options.items())


def _execute_plan(
    plan: Plan,
    execution: Execution,
    core_execute: Callable[..., Result],
    on_fallback: FallbackHook | None,
    *,
    has_middleware: bool,
) -> Result:
    if execution.operation.is_mutation:
        return MutationRun(plan, execution, core_execute, on_fallback, calls_resolvers=not has_middleware).run()
    run_plan = partial(_execute_root, plan, execution)
    result: Result = PlanWithFallback(execution, run_plan, ExecutionResult, core_execute, on_fallback).run()
    return result


def _execute_root(plan: Plan, execution: Execution) -> AwaitableOrList:
    return execute_selection(execution, plan.root, [execution.root_value], RootPosition())
