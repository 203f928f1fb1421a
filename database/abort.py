"""Aborting a request whose deadline has passed or whose client has disconnected.

The request's task goes on: otherwise the results of mutations that were performed would be lost. What the task waits
for is stopped, and fails with RequestAborted; reads and writes that the task begins later fail at once.
"""

from asyncio import CancelledError, Task, current_task
from collections.abc import Callable
from typing import Any


class RequestAborted(Exception):
    """The request was aborted before this read or write was performed."""


class StatementTimeout(Exception):
    """The database stopped a statement that took too long. Nothing of its transaction was written."""

    def __init__(self, seconds: float | None) -> None:
        limit = "the limit" if seconds is None else f"{seconds:g} seconds"
        super().__init__(
            f"A statement took longer than {limit} (DB_STATEMENT_TIMEOUT) and was stopped. Request less at once."
        )


class AbortSignal:
    """Tells the parts of one request that it has been aborted, and stops what the request waits for."""

    __slots__ = ("_stops", "reason")

    def __init__(self) -> None:
        self.reason: str | None = None
        """Why the request was aborted; None if it was not."""
        self._stops: list[Callable[[], object]] = []

    def abort(self, reason: str) -> None:
        """Stop the innermost block of `stopping`. Only the first call has an effect."""
        if self.reason is None:
            self.reason = reason
            if self._stops:
                self._stops[-1]()

    def check(self) -> None:
        """Raise RequestAborted if the request has been aborted."""
        if self.reason is not None:
            raise RequestAborted(self.reason)

    def stopping(self, stop: Callable[[], object]) -> "_Stopping":
        """Call `stop` if the request is aborted inside the block and in none of its own blocks."""
        return _Stopping(self, stop)

    def stopping_task(self) -> "_StoppingTask":
        """Raise RequestAborted if the request is aborted before the block or while the current task waits in it."""
        task = current_task()
        assert task is not None  # noqa: S101 -- for mypy
        return _StoppingTask(self, task)

    def push(self, stop: Callable[[], object]) -> None:
        """Begin a block of `stopping`; for those who would otherwise need a `try` besides."""
        if self.reason is not None:
            raise RequestAborted(self.reason)
        self._stops.append(stop)

    def pop(self) -> None:
        """End the innermost block."""
        self._stops.pop()


class _Stopping:
    """A block of `stopping`. A generator as context manager would take three times as long."""

    __slots__ = ("_signal", "_stop")

    def __init__(self, signal: AbortSignal, stop: Callable[[], object]) -> None:
        self._signal = signal
        self._stop = stop

    def __enter__(self) -> None:
        self._signal.push(self._stop)

    def __exit__(self, *_error: object) -> None:
        self._signal.pop()


class _StoppingTask:
    """A block of `stopping_task`. It takes back its own cancellation of the task, and no other."""

    __slots__ = ("_is_stopped", "_signal", "_task")

    def __init__(self, signal: AbortSignal, task: Task[Any]) -> None:
        self._signal = signal
        self._task = task
        self._is_stopped = False

    def __enter__(self) -> None:
        self._signal.push(self._stop)

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        self._signal.pop()
        if self._is_stopped and self._task.uncancel() == 0 and isinstance(error, CancelledError):
            self._signal.check()

    def _stop(self) -> None:
        self._is_stopped = True
        self._task.cancel()
