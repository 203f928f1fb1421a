"""`execute()`, as graphql-core has it: by plan where all goes well, by graphql-core itself where it does not."""

from collections.abc import Awaitable
from functools import partial
from typing import Any

import graphql
from graphql import DocumentNode, ExecutionResult, GraphQLFieldResolver, GraphQLSchema, GraphQLTypeResolver

from executor.attempt import Attempt, Restart
from executor.cache import Plans
from executor.objects import fields
from executor.payload import PayloadExecutor
from executor.prepare import prepared
from executor.run import Answer, Run
from executor.spots import RootSpot

PLANS = Plans()
"""Those of the process, where a caller brings none."""

Result = ExecutionResult | Awaitable[ExecutionResult]
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
    shares: bool = False,
    **options: Any,
) -> Result:
    """What `graphql.execute()` answers. Its other parameters are taken by keyword; with some of them, such as
    middleware, graphql-core executes. `on_fallback` is awaited before graphql-core starts anew on an operation whose
    resolvers have been called: it forgets what they loaded. Resolvers of queries may thus be called twice. An answer
    that `shares` may hold one dictionary in several places, where the same object is; that is for callers who do
    nothing but write it out."""
    given = (root_value, context_value, variable_values, operation_name, field_resolver, type_resolver)
    ordinary = partial(graphql.execute, schema, document, *given, **options)
    if any(value is not None for name, value in options.items() if name not in HARMLESS):
        return ordinary()
    try:
        run = prepared(plans, schema, document, *given, **options)
    except Exception:  # noqa: BLE001 - whatever it is, graphql-core reports it
        run = None
    if run is None:
        return ordinary()
    run.shares = shares
    if run.operation.is_mutation:
        return ordinary(executor_class=PayloadExecutor, run=run, on_fallback=on_fallback)
    result: Result = Attempt(run, partial(_data, run), ExecutionResult, ordinary, on_fallback).result()
    return result


def _data(run: Run) -> Answer:
    return fields(run, run.plan.root, [run.root_value], RootSpot())
