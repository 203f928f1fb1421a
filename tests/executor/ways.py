"""Executing operations in tests."""

from collections.abc import Callable
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLArgument, GraphQLField, GraphQLSchema, parse

from executor import FIELD, Declaration, ordinary_resolver


class Way:
    """An executor: `data` of operations that go well, `failed` of those that do not."""

    def __init__(self, execute: Callable[..., Any], strict: dict[str, Any] | None = None) -> None:
        self._execute = execute
        self._strict = strict or {}

    async def data(self, schema: GraphQLSchema, text: str, root: Any = None, **options: Any) -> Any:
        """The data of an operation without errors."""
        result = await self.run(schema, text, root, **self._strict, **options)
        assert result.errors is None
        return result.data

    async def failed(self, schema: GraphQLSchema, text: str, root: Any = None, **options: Any) -> tuple[Any, list[Any]]:
        """The data of an operation with errors, and these: their messages and paths."""
        result = await self.run(schema, text, root, **options)
        assert result.errors
        return result.data, [(error.message, error.path) for error in result.errors]

    async def run(self, schema: GraphQLSchema, text: str, root: Any = None, **options: Any) -> ExecutionResult:
        """Whatever is answered, awaited."""
        result = self._execute(schema, parse(text), root, **options)
        answer: ExecutionResult = await result if isawaitable(result) else result
        return answer


def declared(kind: Any, declaration: Declaration, **arguments: GraphQLArgument) -> GraphQLField:
    """A field that both executors can run."""
    return GraphQLField(kind, arguments, resolve=ordinary_resolver(declaration), extensions={FIELD: declaration})


async def never() -> None:
    """Fails where a plan is given up."""
    raise AssertionError("the plan was given up")


class Thing:
    """An object with attributes."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)
