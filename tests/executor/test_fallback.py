"""What happens when a plan fails: everything under way ends, the caller is told once, and graphql-core answers."""

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
from executor import FIELD, Batched, ordinary_resolver


class Scene:
    """Fields that wait, fail and note what becomes of them."""

    def __init__(self) -> None:
        self.noted: list[str] = []
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
                    "batch": GraphQLField(GraphQLInt, resolve=ordinary_resolver(LOAD), extensions={FIELD: LOAD}),
                },
            )
        )

    def fails(self, *_: Any) -> int:
        self.noted.append("fails")
        raise ValueError("failed")

    async def fails_later(self, *_: Any) -> int:
        await asyncio.sleep(0)
        raise ValueError("failed later")

    async def waits(self, *_: Any) -> int:
        self.noted.append("begun")
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.noted.append("cancelled")
            await asyncio.sleep(0.001)
            self.noted.append("ended")
            raise
        return 2

    def shared(self, *_: Any) -> Any:
        loaded = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.001, loaded.set_exception, ValueError("shared"))
        return [loaded, loaded]

    async def fall_back(self) -> None:
        """The hook: from here on, nothing has to wait."""
        self.noted.append("fallback")
        self.release.set()


async def load(_context: Any, parents: Any, _arguments: Any) -> list[int]:
    return [3] * len(parents)


LOAD = Batched(load)


async def run(scene: Scene, text: str) -> Any:
    """Execute by plan."""
    result = executor.execute(scene.schema, parse(text), plans=executor.Plans(), on_fallback=scene.fall_back)
    return await result  # type: ignore[misc]


async def test_what_still_runs_has_ended_before_the_caller_is_told() -> None:
    scene = Scene()
    result = await run(scene, "{ waits later fine }")
    assert result.data == {"waits": 2, "later": None, "fine": 1}
    assert scene.noted == ["begun", "cancelled", "ended", "fallback", "begun"]


async def test_what_had_not_begun_never_does() -> None:
    scene = Scene()
    result = await run(scene, "{ waits batch fails }")
    assert result.data == {"waits": 2, "batch": 3, "fails": None}
    assert scene.noted == ["fails", "fallback", "fails", "begun"]


async def test_the_caller_is_told_once_whatever_fails() -> None:
    scene = Scene()
    result = await run(scene, "{ a: fails b: fails c: later d: later }")
    assert [error.message for error in result.errors].count("failed later") == 2
    assert scene.noted.count("fallback") == 1


async def test_an_error_that_empties_the_answer() -> None:
    scene = Scene()
    result = await run(scene, "{ fine needed }")
    assert result.data is None
    assert [(error.message, error.path) for error in result.errors] == [("failed later", ["needed"])]


async def test_what_others_have_started_is_waited_for() -> None:
    scene = Scene()
    result = await run(scene, "{ shared fails }")
    assert result.data == {"shared": [None, None], "fails": None}
    assert scene.noted == ["fails", "fallback", "fails"]


async def test_nothing_falls_back_where_all_goes_well() -> None:
    scene = Scene()
    scene.release.set()
    assert (await run(scene, "{ fine batch waits }")).data == {"fine": 1, "batch": 3, "waits": 2}
    assert scene.noted == ["begun"]


async def test_without_a_hook_what_fails_at_once_is_answered_at_once() -> None:
    result = executor.execute(Scene().schema, parse("{ fine fails }"), plans=executor.Plans())
    assert not asyncio.iscoroutine(result)
    assert result.data == {"fine": 1, "fails": None}  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["{ waits }", "{ waits batch }", "{ a: waits b: waits }"])
async def test_cancelling_the_caller_cancels_what_runs(text: str) -> None:
    scene = Scene()
    task = asyncio.ensure_future(run(scene, text))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert scene.noted.count("begun") == scene.noted.count("ended") > 0
    assert "fallback" not in scene.noted
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_cancelling_while_falling_back() -> None:
    scene = Scene()
    asked = asyncio.Event()

    async def hang() -> None:
        asked.set()
        await asyncio.Event().wait()

    task = asyncio.ensure_future(
        executor.execute(scene.schema, parse("{ fails }"), plans=executor.Plans(), on_fallback=hang)  # type: ignore[arg-type]
    )
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert scene.noted == ["fails"]


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_what_is_no_exception_is_raised(raised: type[BaseException]) -> None:
    def stop(*_: Any) -> int:
        raise raised

    schema = GraphQLSchema(GraphQLObjectType("Query", {"stop": GraphQLField(GraphQLInt, resolve=stop)}))
    with pytest.raises(raised):
        executor.execute(schema, parse("{ stop }"), plans=executor.Plans())


@pytest.mark.parametrize(
    "option", [{"middleware": []}, {"is_awaitable": lambda _value: False}, {"executor_class": None, "hooks": None}]
)
async def test_graphql_core_takes_what_no_plan_knows(option: dict[str, Any]) -> None:
    result = executor.execute(Scene().schema, parse("{ fine }"), plans=executor.Plans(), **option)
    assert result.data == {"fine": 1}  # type: ignore[union-attr]


def test_wrong_options_are_reported() -> None:
    with pytest.raises(TypeError, match="Middleware must be passed"):
        executor.execute(Scene().schema, parse("{ fine }"), middleware=5)
    with pytest.raises(TypeError, match="nonsense"):
        executor.execute(Scene().schema, parse("{ fine }"), nonsense=5)
