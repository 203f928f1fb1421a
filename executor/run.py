"""One execution of a plan: what it was given, and what it has under way."""

from asyncio import Future, ensure_future, gather, isfuture
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from inspect import CORO_CREATED, getcoroutinestate, iscoroutine
from typing import Any, cast

from graphql import GraphQLFieldResolver, GraphQLResolveInfo, GraphQLTypeResolver, default_field_resolver
from graphql.execution import Executor
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, gather_with_cancel
from graphql.pyutils import is_awaitable as core_is_awaitable
from graphql.type import GraphQLResolveInfoHelpers

from executor.plan import Field, Plan
from executor.values import is_awaitable

Answer = list[Any] | Coroutine[Any, Any, list[Any]]
"""What is done at a place of the plan, or will be. Only the latter costs a coroutine."""


class Run:
    """The execution's inputs. `made` holds what resolvers returned, to find what must be ended if the run fails;
    `asked` what type resolvers returned, which must be run to its end: it may hold work that nobody else knows of."""

    def __init__(  # noqa: PLR0913 - what execute() is given
        self,
        plan: Plan,
        variables: VariableValues,
        *,
        root_value: Any,
        context: Any,
        field_resolver: GraphQLFieldResolver,
        type_resolver: GraphQLTypeResolver,
        hide_suggestions: bool,
    ) -> None:
        self.plan = plan
        self.operation = plan.operation
        self.schema = plan.operation.schema
        self.variables = variables
        self.root_value = root_value
        self.context = context
        self.field_resolver = field_resolver
        self.type_resolver = type_resolver
        self.hide_suggestions = hide_suggestions
        self.shares = False
        self.made: list[Any] = []
        self.asked: list[Any] = []
        self.futures: list[Future[Any]] = []
        self.core: Executor[Any] | None = None

    def info(self, field: Field, path: Path | None) -> GraphQLResolveInfo[Any]:
        """What graphql-core would hand to the field's resolver."""
        operation = self.operation
        return GraphQLResolveInfo(
            field.nodes[0].name.value,
            field.nodes,
            field.definition.type,
            field.parent,
            cast("Path", path),  # a field has one
            self.schema,
            operation.fragment_definitions,
            self.root_value,
            operation.definition,
            self.variables,
            self.context,
            core_is_awaitable,
            None,
            GraphQLResolveInfoHelpers(gather=_gather, track=self._track),  # not kept here, where it would hold itself
        )

    def _track(self, values: Sequence[Any]) -> None:
        """Look after what a resolver leaves in the background, as graphql-core does."""
        if self.core is None:
            self.core = self._executor()
        self.core.track_async_work(values)

    def _executor(self) -> Executor[Any]:
        operation = self.operation
        return Executor(
            self.schema,
            operation.fragment_definitions,
            operation.fragments,
            self.root_value,
            self.context,
            operation.definition,
            self.variables,
            self.field_resolver,
            self.type_resolver,
            default_field_resolver,
        )

    def later(self, work: Coroutine[Any, Any, list[Any]]) -> Answer:
        """Work of ours that somebody is going to await, unless the run fails before."""
        self.made.append(work)
        return work

    def then(self, answer: Answer, follow: Callable[[list[Any]], Answer]) -> Answer:
        """What follows from an answer, now if it is there."""
        return follow(answer) if type(answer) is list else self.later(_then(answer, follow))

    async def gathered(self, awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
        """All their results. If one fails, the others have ended too when its exception is raised: our own tasks are
        cancelled, what others have started is waited for."""
        if len(awaitables) == 1:
            return [await awaitables[0]]
        futures: list[Future[Any]] = [ensure_future(each) for each in awaitables]
        self.futures += futures
        try:
            return await gather(*futures)
        except BaseException:
            for given, future in zip(awaitables, futures, strict=True):
                if not isfuture(given):
                    future.cancel()
            await gather(*futures, return_exceptions=True)
            raise

    async def awaited(self, values: Sequence[Any]) -> list[Any]:
        """The values, those that are to be awaited replaced by what comes of them."""
        ready = list(values)
        waiting = [index for index, value in enumerate(ready) if is_awaitable(value)]
        found = await self.gathered([ready[index] for index in waiting])
        self.made.append(found)
        for index, value in zip(waiting, found, strict=True):
            ready[index] = value
        return ready

    def abandon(self) -> list[Future[Any]]:
        """Close what was never begun, and say what still runs that we do not cancel."""
        futures = [each for each in self.futures if not each.done()]
        self.made += [each.result() for each in self.futures if _is_fulfilled(each)]
        for each in _awaitables(self.made):
            if isfuture(each):
                futures.append(each)
            elif _is_new(each):
                each.close()
        if unasked := [each for each in _awaitables(self.asked) if _is_new(each)]:
            self._track(unasked)
        if self.core is not None:
            futures += self.core.background_futures
        self.made.clear()
        self.asked.clear()
        self.futures.clear()
        return futures


def _gather(values: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return gather_with_cancel(*values)


def _is_fulfilled(future: Future[Any]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _is_new(each: Any) -> bool:
    return iscoroutine(each) and getcoroutinestate(each) == CORO_CREATED


async def _then(answer: Any, follow: Callable[[list[Any]], Answer]) -> list[Any]:
    done = follow(await answer)
    return done if type(done) is list else await done  # type: ignore[misc]


def _awaitables(made: Iterable[Any]) -> Iterator[Any]:
    for each in made:
        if isinstance(each, list | tuple | set | frozenset):
            yield from _awaitables(each)
        elif is_awaitable(each):
            yield each
