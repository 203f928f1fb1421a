"""Fallback: a failed plan ends all of its work, calls the hook once, and graphql-core executes the operation."""

import asyncio
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    parse,
)

import executor
from executor import EXECUTOR_EXTENSION, BatchedField, build_resolver


class FallbackSchema:
    """A schema with fields that wait and fail, and a log of the events."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.release = asyncio.Event()
        self.schema = GraphQLSchema(
            GraphQLObjectType(
                "Query",
                {
                    "fine": GraphQLField(GraphQLInt, resolve=lambda *_: 1),
                    "fails": GraphQLField(GraphQLInt, resolve=self.fails),
                    "later": GraphQLField(GraphQLInt, resolve=self.fails_later),
                    "needed": GraphQLField(GraphQLNonNull(GraphQLInt), resolve=self.fails_later),
                    "waits": GraphQLField(GraphQLInt, resolve=self.waits),
                    "shared": GraphQLField(GraphQLList(GraphQLInt), resolve=self.shared),
                    "batch": GraphQLField(
                        GraphQLInt, resolve=build_resolver(BATCHED), extensions={EXECUTOR_EXTENSION: BATCHED}
                    ),
                },
            )
        )

    def fails(self, *_: Any) -> int:
        self.events.append("fails")
        raise ValueError("failed")

    async def fails_later(self, *_: Any) -> int:
        await asyncio.sleep(0)
        raise ValueError("failed later")

    async def waits(self, *_: Any) -> int:
        self.events.append("started")
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.events.append("cancelled")
            await asyncio.sleep(0.001)
            self.events.append("ended")
            raise
        return 2

    def shared(self, *_: Any) -> Any:
        loaded = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.001, loaded.set_exception, ValueError("shared"))
        return [loaded, loaded]

    async def fall_back(self, _failure: Exception) -> None:
        """The `on_fallback` hook; afterwards, `waits` returns at once."""
        self.events.append("fallback")
        self.release.set()


async def load(_context: Any, parents: Any, _arguments: Any) -> list[int]:
    return [3] * len(parents)


BATCHED = BatchedField(load)


async def execute_plan(fallback_schema: FallbackSchema, text: str) -> Any:
    """Execute an operation by plan."""
    result = executor.execute(
        fallback_schema.schema, parse(text), plan_cache=executor.PlanCache(), on_fallback=fallback_schema.fall_back
    )
    return await result  # type: ignore[misc]


async def test_running_resolvers_end_before_the_fallback_hook_is_called() -> None:
    fallback_schema = FallbackSchema()
    result = await execute_plan(fallback_schema, "{ waits later fine }")
    assert result.data == {"waits": 2, "later": None, "fine": 1}
    assert fallback_schema.events == ["started", "cancelled", "ended", "fallback", "started"]


async def test_coroutines_that_have_not_started_are_closed() -> None:
    fallback_schema = FallbackSchema()
    result = await execute_plan(fallback_schema, "{ waits batch fails }")
    assert result.data == {"waits": 2, "batch": 3, "fails": None}
    assert fallback_schema.events == ["fails", "fallback", "fails", "started"]


async def test_fallback_hook_is_called_once_for_several_failures() -> None:
    fallback_schema = FallbackSchema()
    result = await execute_plan(fallback_schema, "{ a: fails b: fails c: later d: later }")
    assert [error.message for error in result.errors].count("failed later") == 2
    assert fallback_schema.events.count("fallback") == 1


async def test_error_in_a_non_null_root_field_makes_the_data_null() -> None:
    fallback_schema = FallbackSchema()
    result = await execute_plan(fallback_schema, "{ fine needed }")
    assert result.data is None
    assert [(error.message, error.path) for error in result.errors] == [("failed later", ["needed"])]


async def test_futures_of_resolvers_are_awaited_before_the_fallback() -> None:
    fallback_schema = FallbackSchema()
    result = await execute_plan(fallback_schema, "{ shared fails }")
    assert result.data == {"shared": [None, None], "fails": None}
    assert fallback_schema.events == ["fails", "fallback", "fails"]


async def test_successful_plan_does_not_fall_back() -> None:
    fallback_schema = FallbackSchema()
    fallback_schema.release.set()
    assert (await execute_plan(fallback_schema, "{ fine batch waits }")).data == {"fine": 1, "batch": 3, "waits": 2}
    assert fallback_schema.events == ["started"]


async def test_synchronous_failure_without_a_hook_returns_synchronously() -> None:
    result = executor.execute(FallbackSchema().schema, parse("{ fine fails }"), plan_cache=executor.PlanCache())
    assert not asyncio.iscoroutine(result)
    assert result.data == {"fine": 1, "fails": None}  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["{ waits }", "{ waits batch }", "{ a: waits b: waits }"])
async def test_cancelling_the_task_cancels_running_resolvers(text: str) -> None:
    fallback_schema = FallbackSchema()
    task = asyncio.ensure_future(execute_plan(fallback_schema, text))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert fallback_schema.events.count("started") == fallback_schema.events.count("ended") > 0
    assert "fallback" not in fallback_schema.events
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_cancelling_the_task_during_the_fallback_hook_ends_the_execution() -> None:
    fallback_schema = FallbackSchema()
    hook_called = asyncio.Event()

    async def hang(_failure: Exception) -> None:
        hook_called.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(
        executor.execute(fallback_schema.schema, parse("{ fails }"), plan_cache=executor.PlanCache(), on_fallback=hang)  # type: ignore[arg-type]
    )
    await hook_called.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert fallback_schema.events == ["fails"]


@pytest.mark.parametrize("exception", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_base_exception_is_raised_without_fallback(exception: type[BaseException]) -> None:
    def stop(*_: Any) -> int:
        raise exception

    schema = GraphQLSchema(GraphQLObjectType("Query", {"stop": GraphQLField(GraphQLInt, resolve=stop)}))
    with pytest.raises(exception):
        executor.execute(schema, parse("{ stop }"), plan_cache=executor.PlanCache())


@pytest.mark.parametrize(
    "option", [{"middleware": []}, {"is_awaitable": lambda _value: False}, {"executor_class": None, "hooks": None}]
)
async def test_graphql_core_executes_with_unsupported_options(option: dict[str, Any]) -> None:
    result = executor.execute(FallbackSchema().schema, parse("{ fine }"), plan_cache=executor.PlanCache(), **option)
    assert result.data == {"fine": 1}  # type: ignore[union-attr]


def test_invalid_options_raise_type_error() -> None:
    with pytest.raises(TypeError, match="Middleware must be passed"):
        executor.execute(FallbackSchema().schema, parse("{ fine }"), middleware=5)
    with pytest.raises(TypeError, match="nonsense"):
        executor.execute(FallbackSchema().schema, parse("{ fine }"), nonsense=5)
