"""One execution of a plan: its inputs, and the coroutines and futures that it has started."""

from asyncio import Future, ensure_future, gather, isfuture
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from copy import copy
from inspect import CORO_CREATED, getcoroutinestate, iscoroutine
from typing import Any
from weakref import ref

from graphql import GraphQLFieldResolver, GraphQLTypeResolver, default_field_resolver
from graphql.execution import Executor
from graphql.execution.values import VariableValues

from executor.meter import Meter
from executor.operation import Operation
from executor.slicing import Slicing
from executor.types import AwaitableOrList
from executor.value_checks import is_awaitable


class Execution:
    """The inputs and options of an execution, and its pending work. The options have the names of execute()'s.

    `produced` contains what resolvers returned, so that coroutines in it can be closed if the plan fails.
    `resolved_types` contains what type resolvers returned; their coroutines must be awaited, as graphql-core does,
    because they may own other work."""

    field_resolver: GraphQLFieldResolver
    type_resolver: GraphQLTypeResolver
    hide_suggestions: bool
    dedupe_objects: bool
    meter: Meter
    slicing: Slicing | None

    def __init__(self, operation: Operation, variables: VariableValues, root_value: Any, context: Any) -> None:
        self.operation = operation
        self.schema = operation.schema
        self.variables = variables
        self.root_value = root_value
        self.context = context
        self.produced: list[Any] = []
        self.resolved_types: list[Any] = []
        self.futures: list[Future[Any]] = []
        self.chunks: list[Execution] = []
        self.whole: Execution | None = None
        self._mutation_executor: ref[Executor[Any]] | None = None
        self._background_executor: Executor[Any] | None = None

    def begin_chunk(self) -> "Execution":
        """Return the execution of one field of a chunk, with its own pending work. So the values of the field are freed
        when it ends."""
        chunk = copy(self)
        chunk.produced, chunk.resolved_types, chunk.futures, chunk.chunks = [], [], [], []
        chunk.whole = self.whole or self
        self.chunks.append(chunk)
        return chunk

    def end_chunk(self, chunk: "Execution") -> None:
        """Discard the execution of a chunk that has succeeded."""
        self.chunks.remove(chunk)

    def set_mutation_executor(self, executor: Executor[Any]) -> None:
        """Set graphql-core's executor of a mutation. The reference is weak, because the executor references this
        execution."""
        self._mutation_executor = ref(executor)

    def track_background_work(self, values: Sequence[Any]) -> None:
        """Track awaitables that a resolver leaves running in the background, as graphql-core does, until they end."""
        if self.whole is not None:
            self.whole.track_background_work(values)
            return
        executors = self._core_executors()
        if not executors:
            self._background_executor = self._build_background_executor()
            executors = [self._background_executor]
        executors[0].track_async_work(values)

    def _core_executors(self) -> list[Executor[Any]]:
        """Return graphql-core's executors that may track awaitables of this execution."""
        mutation_executor = None if self._mutation_executor is None else self._mutation_executor()
        return [executor for executor in (mutation_executor, self._background_executor) if executor is not None]

    def _build_background_executor(self) -> Executor[Any]:
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

    def track(self, coroutine: Coroutine[Any, Any, list[Any]]) -> AwaitableOrList:
        """Return the coroutine, and close it if the plan fails before it is awaited."""
        self.produced.append(coroutine)
        return coroutine

    def then(self, values: AwaitableOrList, callback: Callable[[list[Any]], AwaitableOrList]) -> AwaitableOrList:
        """Apply the callback to the values: at once if they are a list, otherwise when they have been awaited."""
        return callback(values) if type(values) is list else self.track(_then(values, callback))

    async def gather(self, awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
        """Return the results of all awaitables. If one fails, raise its exception after the others have ended: tasks
        created here are cancelled, futures created by others are waited for."""
        if len(awaitables) == 1:
            return [await awaitables[0]]
        futures: list[Future[Any]] = [ensure_future(awaitable) for awaitable in awaitables]
        self.futures += futures
        try:
            return await gather(*futures)
        except BaseException:
            for awaitable, future in zip(awaitables, futures, strict=True):
                if not isfuture(awaitable):
                    future.cancel()
            await gather(*futures, return_exceptions=True)
            raise

    async def await_values(self, values: Sequence[Any]) -> list[Any]:
        """Return the values, with the awaitables among them replaced by their results."""
        ready = list(values)
        pending = [index for index, value in enumerate(ready) if is_awaitable(value)]
        results = await self.gather([ready[index] for index in pending])
        self.produced.append(results)
        for index, value in zip(pending, results, strict=True):
            ready[index] = value
        return ready

    def abandon(self) -> list[Future[Any]]:
        """Close the coroutines that have not started. Return the futures that are still running; do not cancel them."""
        futures = [future for future in self.futures if not future.done()]
        self.produced += [future.result() for future in self.futures if _has_result(future)]
        for awaitable in _iter_awaitables(self.produced):
            if isfuture(awaitable):
                futures.append(awaitable)
            elif _is_unstarted_coroutine(awaitable):
                awaitable.close()
        if unstarted := [value for value in _iter_awaitables(self.resolved_types) if _is_unstarted_coroutine(value)]:
            self.track_background_work(unstarted)
        for executor in self._core_executors():
            futures += executor.background_futures
        for chunk in self.chunks:
            futures += chunk.abandon()
        self.chunks.clear()
        self.produced.clear()
        self.resolved_types.clear()
        self.futures.clear()
        return futures


def _has_result(future: Future[Any]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _is_unstarted_coroutine(value: Any) -> bool:
    return iscoroutine(value) and getcoroutinestate(value) == CORO_CREATED


async def _then(values: Any, callback: Callable[[list[Any]], AwaitableOrList]) -> list[Any]:
    result = callback(await values)
    return result if type(result) is list else await result  # type: ignore[misc]


def _iter_awaitables(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list | tuple | set | frozenset):
            yield from _iter_awaitables(value)
        elif is_awaitable(value):
            yield value
