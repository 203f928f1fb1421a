"""Execution of a GraphQL request: load the document, check the type of the operation, and execute it."""

from collections.abc import Awaitable, Callable, Container
from functools import partial
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationType

import executor
from executor import Meter, ResponseTooLarge
from resolvers.context import Context
from server.config.response_settings import DEFAULT_MAX_RESPONSE_BYTES
from server.config.setting_types import ExecutorName
from server.graphql.documents import DocumentCache, ValidatedDocument
from server.graphql.request import GraphQLRequest
from server.graphql.response_encoding import build_slicing

ExecuteFunction = Callable[..., ExecutionResult | Awaitable[ExecutionResult]]
"""A function with the signature of graphql-core's `execute`, plus the compiled executor's `on_fallback` callback."""


def _execute_with_graphql_core(*arguments: Any, on_fallback: Any, **options: Any) -> Any:  # noqa: ARG001 -- it never falls back
    return executor.execute_with_core(*arguments, **options)


EXECUTORS: dict[ExecutorName, ExecuteFunction] = {
    "compiled": partial(executor.execute, dedupe_objects=True),
    "graphql-core": _execute_with_graphql_core,
}


class PartlyEncodedResult(ExecutionResult):
    """A large result. It contains objects that are encoded already."""


class OperationNotAllowed(Exception):
    """The transport does not allow operations of this type."""

    def __init__(self, operation_type: OperationType) -> None:
        super().__init__(f"Operations of type {operation_type.value} are not allowed here.")
        self.operation_type = operation_type


class OperationExecutor:
    """Executes GraphQL requests on one schema."""

    def __init__(
        self,
        schema: GraphQLSchema,
        documents: DocumentCache,
        execute: ExecuteFunction,
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
    ) -> None:
        self._schema = schema
        self._documents = documents
        self._execute = execute
        self.max_response_bytes = max_response_bytes

    async def execute(
        self, request: GraphQLRequest, context: Context, allowed_types: Container[OperationType]
    ) -> ExecutionResult:
        """Execute the request. A result with errors and without data means that the document is invalid.

        Raise BadInput if the document has no such operation, OperationNotAllowed if its type is not allowed."""
        try:
            validated = self._documents.load(request.query)
        except GraphQLError as error:
            return ExecutionResult(None, [error])
        except RecursionError as error:
            return ExecutionResult(None, [GraphQLError("Nested too deeply.", original_error=error)])
        operation_type = validated.operation_type(request.operation_name)
        if operation_type not in allowed_types:
            raise OperationNotAllowed(operation_type)
        if validated.errors:
            return ExecutionResult(None, validated.errors)
        return await self._execute_validated(validated, request, context)

    async def _execute_validated(
        self, validated: ValidatedDocument, request: GraphQLRequest, context: Context
    ) -> ExecutionResult:
        meter = Meter(self.max_response_bytes)
        execution = self._execute(
            self._schema,
            validated.document,
            context_value=context,
            variable_values=request.variables,
            operation_name=request.operation_name,
            on_fallback=context.reset_reads,
            meter=meter,
            slicing=build_slicing(context.trim_reads),
        )
        try:
            result = await execution if isawaitable(execution) else execution
        except ResponseTooLarge as error:
            return too_large_result(error)
        return PartlyEncodedResult(result.data, result.errors) if meter.has_encoded_objects else result


def too_large_result(error: ResponseTooLarge) -> ExecutionResult:
    """Return the result of an operation whose response exceeds the limit."""
    return ExecutionResult(None, [GraphQLError(str(error), original_error=error)])
