"""Runs a plan. If anything fails, abandons the plan and lets graphql-core execute the operation instead."""

from asyncio import Future, gather
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from logging import getLogger
from typing import Any

from executor.execution import Execution
from executor.meter import ExecutionStopped, MeterCounts
from executor.types import AwaitableOrList

LOG = getLogger(__name__)
ABANDONED_MESSAGE = "A plan was abandoned; graphql-core executes the operation."
FallbackHook = Callable[[Exception], Awaitable[None]]
"""Receives the exception because of which the plan was abandoned."""


@dataclass(eq=False)
class PlanWithFallback:
    """A plan, and the fallback if it fails.

    `run_plan` returns a list of one result, or a coroutine of it; `convert_result` converts that result to the return
    value; `fall_back` returns the same from graphql-core; `on_fallback` is awaited before `fall_back`."""

    execution: Execution
    run_plan: Callable[[], AwaitableOrList]
    convert_result: Callable[[Any], Any]
    fall_back: Callable[[], Any]
    on_fallback: FallbackHook | None

    def run(self) -> Any:
        """Return the converted result, or an awaitable of it. Raise ExecutionStopped without a fallback, which could
        only repeat the work."""
        counts = self.execution.meter.save()
        failure = None
        try:
            results = self.run_plan()
        except Exception as error:  # noqa: BLE001 - graphql-core executes the operation again
            _log_abandoned(error)
            failure = error
        except BaseException:
            self.execution.abandon()
            raise
        if failure is not None:
            return self._abandon_and_fall_back(counts, failure)
        return self.convert_result(results[0]) if isinstance(results, list) else self._await_results(results, counts)

    async def _await_results(self, results: Awaitable[list[Any]], counts: MeterCounts) -> Any:
        try:
            (result,) = await results
        except ExecutionStopped:
            await gather(*self.execution.abandon(), return_exceptions=True)
            raise
        except Exception as error:  # noqa: BLE001 - graphql-core executes the operation again
            _log_abandoned(error)
            failure = error
        except BaseException:
            self.execution.abandon()
            raise
        else:
            return self.convert_result(result)
        # after the except block, so that errors of graphql-core do not get the plan's exception as their context
        fallback = self._abandon_and_fall_back(counts, failure)
        return await fallback if isawaitable(fallback) else fallback

    def _abandon_and_fall_back(self, counts: MeterCounts, failure: Exception) -> Any:
        """Fall back at once if there is nothing to wait for."""
        running = self.execution.abandon()
        if running or self.on_fallback:
            return self._wait_and_fall_back(running, counts, failure)
        self.execution.meter.restore(counts)
        return self.fall_back()

    async def _wait_and_fall_back(self, running: list[Future[Any]], counts: MeterCounts, failure: Exception) -> Any:
        await gather(*running, return_exceptions=True)
        if self.on_fallback is not None:
            await self.on_fallback(failure)
        self.execution.meter.restore(counts)
        result = self.fall_back()
        return await result if isawaitable(result) else result


def _log_abandoned(error: Exception) -> None:
    """Log the plan's exception, and release its frames: they reference the futures that reference the exception, and
    only the garbage collector frees such a cycle."""
    LOG.debug(ABANDONED_MESSAGE, exc_info=error)
    error.__traceback__ = None
