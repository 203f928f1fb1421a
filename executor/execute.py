"""`execute()`, as graphql-core has it: by plan where all goes well, by graphql-core itself where it does not."""

from asyncio import Future, gather
from collections.abc import Awaitable, Callable
from functools import partial
from inspect import isawaitable
from typing import Any

import graphql
from graphql import DocumentNode, ExecutionResult, GraphQLFieldResolver, GraphQLSchema, GraphQLTypeResolver

from executor.cache import Plans
from executor.objects import fields
from executor.prepare import prepared
from executor.run import Run
from executor.spots import RootSpot

PLANS = Plans()
"""Those of the process, where a caller brings none."""

Result = ExecutionResult | Awaitable[ExecutionResult]
Ordinary = Callable[[], Result]
Restart = Callable[[], Awaitable[None]]
HARMLESS = ("subscribe_field_resolver", "max_coercion_errors", "enable_early_execution", "hide_suggestions")
"""Options under which a plan answers what graphql-core does."""


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
    on_fallback: Restart | None = None,
    plans: Plans = PLANS,
    **options: Any,
) -> Result:
    """What `graphql.execute()` answers. Its other parameters are taken by keyword; with some of them, such as
    middleware, graphql-core executes. `on_fallback` is awaited before graphql-core starts anew on an operation whose
    resolvers have been called: it forgets what they loaded. Resolvers of queries may thus be called twice."""
    given = (root_value, context_value, variable_values, operation_name, field_resolver, type_resolver)
    ordinary = partial(graphql.execute, schema, document, *given, **options)
    if any(value is not None for name, value in options.items() if name not in HARMLESS):
        return ordinary()
    try:
        run = prepared(plans, schema, document, *given, **options)
    except Exception:  # noqa: BLE001 - whatever it is, graphql-core reports it
        run = None
    return ordinary() if run is None else _executed(run, ordinary, on_fallback)


def _executed(run: Run, ordinary: Ordinary, on_fallback: Restart | None) -> Result:
    try:
        answer = fields(run, run.plan.root, [run.root_value], RootSpot())
    except Exception:  # noqa: BLE001 - as above
        return _fall_back(run, ordinary, on_fallback)
    except BaseException:
        run.abandon()
        raise
    if isinstance(answer, list):
        return ExecutionResult(answer[0])
    return _awaited(run, answer, ordinary, on_fallback)


async def _awaited(
    run: Run, answer: Awaitable[list[Any]], ordinary: Ordinary, on_fallback: Restart | None
) -> ExecutionResult:
    try:
        (data,) = await answer
    except Exception:  # noqa: BLE001 - as above
        result = _fall_back(run, ordinary, on_fallback)
        return await result if isawaitable(result) else result
    except BaseException:
        run.abandon()
        raise
    return ExecutionResult(data)


def _fall_back(run: Run, ordinary: Ordinary, on_fallback: Restart | None) -> Result:
    """Begin anew with graphql-core, when nothing of the run is under way any more."""
    running = run.abandon()
    if not running and on_fallback is None:
        return ordinary()
    return _restarted(running, ordinary, on_fallback)


async def _restarted(running: list[Future[Any]], ordinary: Ordinary, on_fallback: Restart | None) -> ExecutionResult:
    await gather(*running, return_exceptions=True)
    if on_fallback is not None:
        await on_fallback()
    result = ordinary()
    return await result if isawaitable(result) else result
