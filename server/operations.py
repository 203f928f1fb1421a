"""Operations, from their text to their result: prepared, of a type that may come this way, and executed."""

from collections.abc import Awaitable, Callable
from functools import partial
from inspect import isawaitable
from typing import Any

import graphql
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationType

import executor
from server.documents import Documents, Prepared
from server.graphql_request import GraphQLRequest, Malformed
from server.setting_types import ExecutorName

Execute = Callable[..., ExecutionResult | Awaitable[ExecutionResult]]
"""graphql-core's `execute`, or one that takes and answers the same."""


def _interpreted(*arguments: Any, on_fallback: Any, **options: Any) -> Any:  # noqa: ARG001 -- nothing to fall back on
    return graphql.execute(*arguments, **options)


EXECUTORS: dict[ExecutorName, Execute] = {
    "compiled": partial(executor.execute, shares=True),
    "graphql-core": _interpreted,
}


class Operations:
    """Executes operations on one schema."""

    def __init__(self, schema: GraphQLSchema, documents: Documents, execute: Execute) -> None:
        self._schema = schema
        self._documents = documents
        self._execute = execute

    async def run(self, request: GraphQLRequest, context: Any, *, queries_only: bool) -> ExecutionResult:
        """What came of it. A document that cannot be executed has errors and no data; Malformed if its operation is
        not there, or must not come this way."""
        try:
            prepared = self._documents.prepare(self._schema, request.query)
        except GraphQLError as error:
            return ExecutionResult(None, [error])
        except RecursionError as error:
            return ExecutionResult(None, [GraphQLError("Too deep.", original_error=error)])
        _check_type(_type_of(prepared, request.operation_name), queries_only=queries_only)
        if prepared.errors:
            return ExecutionResult(None, prepared.errors)
        return await self._executed(prepared, request, context)

    async def _executed(self, prepared: Prepared, request: GraphQLRequest, context: Any) -> ExecutionResult:
        result = self._execute(
            self._schema,
            prepared.document,
            context_value=context,
            variable_values=request.variables,
            operation_name=request.operation_name,
            on_fallback=context.renew,
        )
        return await result if isawaitable(result) else result


def _type_of(prepared: Prepared, name: str | None) -> OperationType:
    if name is None and len(prepared.operations) == 1:
        (only,) = prepared.operations.values()
        return only
    if name is None or name not in prepared.operations:
        raise Malformed("`operationName` must name one of the document's operations.")
    return prepared.operations[name]


def _check_type(kind: OperationType, *, queries_only: bool) -> None:
    if kind is OperationType.SUBSCRIPTION:
        raise Malformed("Subscriptions are not served over plain HTTP.")
    if kind is OperationType.MUTATION and queries_only:
        raise Malformed("Mutations must be sent by POST.", 405, Allow="POST")
