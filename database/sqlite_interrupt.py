"""Stopping statements on SQLite: after their timeout, or when their request is aborted.

SQLite calls a progress handler while it executes a statement, in the thread of the connection. A statement for which
the handler returns True fails. `sqlite3_interrupt` would have no effect on a statement that waits for the thread.
"""

from collections.abc import Callable
from math import inf
from time import monotonic, perf_counter

PROGRESS_INSTRUCTIONS = 20_000
"""Instructions of SQLite's virtual machine between two calls of the handler: less than a millisecond."""


class StatementWatch:
    """The progress handler of one connection."""

    __slots__ = ("_due", "is_interrupted", "timeout")

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.is_interrupted = False
        """Whether statements are stopped until the transaction ends."""
        self._due = inf

    def __call__(self) -> bool:
        """Return whether to stop the current statement."""
        return self.is_interrupted or monotonic() > self._due

    def start(self) -> None:
        """Note that a statement begins."""
        self._due = monotonic() + self.timeout

    def stop(self) -> None:
        """Note that the statement has ended."""
        self._due = inf


BuildWatch = Callable[[float], StatementWatch]


class MeasuredWatch(StatementWatch):
    """A watch that also measures the time of each statement."""

    __slots__ = ("_observe", "_started_at")

    def __init__(self, observe: Callable[[float], None], timeout: float) -> None:
        super().__init__(timeout)
        self._observe = observe
        self._started_at = 0.0

    def start(self) -> None:
        super().start()
        self._started_at = perf_counter()

    def stop(self) -> None:
        super().stop()
        self._observe(perf_counter() - self._started_at)
