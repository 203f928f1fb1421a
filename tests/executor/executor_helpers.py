"""Helpers that execute operations in tests."""

from collections.abc import Callable
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLArgument, GraphQLField, GraphQLSchema, parse

from executor import EXECUTOR_EXTENSION, FieldDeclaration, PlanCache, build_resolver
from executor.prepared_operation import PreparedOperation


class OperationRunner:
    """Runs operations with one of the executors. `strict` holds options for operations that must not fail."""

    def __init__(self, execute: Callable[..., Any], strict: dict[str, Any] | None = None) -> None:
        self._execute = execute
        self._strict = strict or {}

    async def data(self, schema: GraphQLSchema, text: str, root: Any = None, **options: Any) -> Any:
        """Return the data of an operation that has no errors."""
        result = await self.execute(schema, text, root, **self._strict, **options)
        assert result.errors is None
        return result.data

    async def data_and_errors(
        self, schema: GraphQLSchema, text: str, root: Any = None, **options: Any
    ) -> tuple[Any, list[Any]]:
        """Return the data of an operation that has errors, and the errors' messages and paths."""
        result = await self.execute(schema, text, root, **options)
        assert result.errors
        return result.data, [(error.message, error.path) for error in result.errors]

    async def execute(self, schema: GraphQLSchema, text: str, root: Any = None, **options: Any) -> ExecutionResult:
        """Return the result, awaited if necessary."""
        result = self._execute(schema, parse(text), root, **options)
        awaited: ExecutionResult = await result if isawaitable(result) else result
        return awaited


def count_plans(cache: PlanCache) -> int:
    """Return the number of plans in the cache."""
    return sum(len(each.plans) for each in cache.operations.values() if isinstance(each, PreparedOperation))


def declared_field(type_: Any, declaration: FieldDeclaration, **arguments: GraphQLArgument) -> GraphQLField:
    """Return a field with a declaration and the equivalent resolver."""
    return GraphQLField(
        type_, arguments, resolve=build_resolver(declaration), extensions={EXECUTOR_EXTENSION: declaration}
    )


async def fail_on_fallback(_failure: Exception) -> None:
    """Fail the test if a plan is abandoned."""
    raise AssertionError("the plan was abandoned")


class Record:
    """An object with attributes."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)
