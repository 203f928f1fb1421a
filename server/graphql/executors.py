"""The functions that execute operations, by the setting EXECUTOR."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from graphql import ExecutionResult

import executor
from server.config.setting_types import ExecutorName
from server.graphql.plan_caches import PLAN_CACHE

ExecuteFunction = Callable[..., ExecutionResult | Awaitable[ExecutionResult]]
"""A function with the signature of graphql-core's `execute`, plus the compiled executor's `on_fallback` callback."""


def _execute_with_graphql_core(*arguments: Any, on_fallback: Any, **options: Any) -> Any:  # noqa: ARG001 -- it never falls back
    return executor.execute_with_core(*arguments, **options)


EXECUTORS: dict[ExecutorName, ExecuteFunction] = {
    "compiled": partial(executor.execute, dedupe_objects=True, plan_cache=PLAN_CACHE),
    "graphql-core": _execute_with_graphql_core,
}
