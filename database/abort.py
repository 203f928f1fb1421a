"""Aborting a request whose deadline has passed or whose client has disconnected.

The request's task is not cancelled: it would lose the results of mutations that were performed. Instead, what the task
waits for is stopped, and fails with RequestAborted; reads and writes that the task begins later fail at once.
"""

from asyncio import CancelledError, current_task
from collections.abc import Callable, Iterator
from contextlib import contextmanager


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

    @contextmanager
    def stopping(self, stop: Callable[[], object]) -> Iterator[None]:
        """Call `stop` if the request is aborted inside the block and in none of its own blocks."""
        self.check()
        self._stops.append(stop)
        try:
            yield
        finally:
            self._stops.pop()

    @contextmanager
    def stopping_task(self) -> Iterator[None]:
        """Raise RequestAborted if the request is aborted before the block or while the current task waits in it."""
        task = current_task()
        assert task is not None  # noqa: S101 -- for mypy
        with self.stopping(task.cancel):
            try:
                yield
            except CancelledError:
                if self.reason is not None:
                    task.uncancel()
                    self.check()
                raise
