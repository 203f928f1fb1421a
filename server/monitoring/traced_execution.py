"""Execution of operations that are traced: with plans that measure their fields, and with middleware for the fields
that graphql-core resolves."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLResolveInfo, MiddlewareManager, OperationType

from executor import BatchedField, FieldPlace, PlanCache, WrapBatched, find_obstacle
from resolvers.context import Context
from server.config.setting_types import ExecutorName
from server.graphql.executors import ExecuteFunction
from server.graphql.plan_caches import build_plan_cache
from server.telemetry.operation_trace import OperationTrace

MAX_PLANS = 200
MAX_PLAN_BYTES = 2 * 2**20
CORE_SETTING = "The server executes all operations with graphql-core (EXECUTOR)."
CORE_FIELDS = "graphql-core resolved the fields."


def trace_operations(
    execute: ExecuteFunction, executor: ExecutorName, wrap_batched: WrapBatched | None = None
) -> ExecuteFunction:
    """Return the function that executes traced operations. Its plans are apart from those of other operations."""
    if executor == "graphql-core":
        return partial(_execute_with_core, partial(execute, middleware=MiddlewareManager(_resolve)))
    wrap = partial(_trace_load, wrap_batched)
    plans = build_plan_cache(max_count=MAX_PLANS, max_bytes=MAX_PLAN_BYTES, wrap_batched=wrap)
    traced = partial(execute, plan_cache=plans, core_options={"middleware": MiddlewareManager(_resolve)})
    return partial(_execute, traced, plans)


async def _execute(
    execute: ExecuteFunction, plans: PlanCache, schema: Any, document: Any, root_value: Any, **options: Any
) -> ExecutionResult:
    trace: OperationTrace = options["context_value"].trace
    with trace.phase("plan"):
        obstacle = find_obstacle(plans, schema, document, options["variable_values"], options["operation_name"])
    if obstacle is not None:
        trace.note_core_execution(obstacle)
    return await _measure(trace, execute, schema, document, root_value, **options)


async def _execute_with_core(execute: ExecuteFunction, *arguments: Any, **options: Any) -> ExecutionResult:
    trace: OperationTrace = options["context_value"].trace
    trace.note_core_execution(CORE_SETTING)
    return await _measure(trace, execute, *arguments, **options)


async def _measure(trace: OperationTrace, execute: ExecuteFunction, *arguments: Any, **options: Any) -> ExecutionResult:
    with trace.phase("execute"):
        execution = execute(*arguments, **options)
        return execution if isinstance(execution, ExecutionResult) else await execution


def _trace_load(wrap_batched: WrapBatched | None, place: FieldPlace, declaration: BatchedField) -> BatchedField:
    """Return the declaration with a load that is measured, unless it waits for nothing."""
    if wrap_batched is not None:
        declaration = wrap_batched(place, declaration)
    if declaration.is_sync:
        return declaration
    load, path = declaration.load, place.path

    async def traced(context: Context, parents: Sequence[Any], *arguments: Any) -> Any:
        with context.trace.resolve_field(path, len(parents)):
            return await load(context, parents, *arguments)

    return replace(declaration, load=traced)


def _resolve(next_resolver: Callable[..., Any], parent: Any, info: GraphQLResolveInfo[Any], /, **arguments: Any) -> Any:
    """Call a resolver for graphql-core. Those that wait for something are measured."""
    trace: OperationTrace = info.context.trace
    if info.path.prev is not None or info.operation.operation is OperationType.QUERY:
        trace.note_core_execution(CORE_FIELDS)  # of mutations, graphql-core resolves the root fields in any case
    value = next_resolver(parent, info, **arguments)
    return _await(trace, info, value) if isawaitable(value) else value


async def _await(trace: OperationTrace, info: GraphQLResolveInfo[Any], value: Awaitable[Any]) -> Any:
    path = ".".join(key for key in info.path.as_list() if isinstance(key, str))
    with trace.resolve_field(path, 1):
        return await value
