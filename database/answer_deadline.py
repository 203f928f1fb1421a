"""A deadline for the answers of a server that may have stopped answering.

PostgreSQL ends a statement after `statement_timeout` itself. It cannot do that if it hangs or the network drops
packets, and asyncpg's cancel requests need its answer, too. Then only terminating the connection ends the wait.
"""

from asyncio import TimerHandle, get_running_loop
from collections.abc import Callable

MARGIN_SECONDS = 1.0
"""How much later than `statement_timeout` the deadline is: the server's own error tells more than a lost connection."""
ObserveSeconds = Callable[[float], None]
"""Receives how long a statement took."""
NEVER_SECONDS = 1e8
"""The timeout of a deadline that measures only: years."""
GRACE_SECONDS = 0.2
"""If this process was busy or suspended, an answer has arrived that no task could read. So tasks run once more."""


class AnswerDeadline:
    """Calls `terminate` if the server does not answer within `timeout` seconds; never if that is None.

    The timer is not restarted with each statement: it runs until the deadline of the statement that started it, and
    then until that of the current one. So a statement costs two assignments.
    """

    __slots__ = ("_due", "_loop", "_terminate", "_timeout", "_timer", "_wait")

    def __init__(self, timeout: float | None, terminate: Callable[[], None]) -> None:
        self._timeout = timeout
        self._terminate = terminate
        self._loop = get_running_loop()
        self._due: float | None = None
        """The time of the event loop until which an answer must arrive; None if none is awaited."""
        self._timer: TimerHandle | None = None
        self._wait = 0.0
        """The seconds from the start until `_due`."""

    @property
    def statement_timeout(self) -> float | None:
        """The seconds after which the server ends a statement itself; None if that is not known."""
        return None if self._timeout is None else self._timeout - MARGIN_SECONDS

    def start(self, statements: int = 1) -> None:
        """Wait from now on for the answer to a message with this many statements."""
        if self._timeout is not None:
            now = self._loop.time()
            self._wait = self._timeout * statements
            self._due = now + self._wait
            if self._timer is None:
                self._timer = self._loop.call_at(now + self._timeout, self._check)

    def stop(self) -> None:
        """Note that the answer has arrived, or that none will."""
        self._due = None

    def close(self) -> None:
        """Stop the timer: the connection is closed."""
        self._due = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _check(self) -> None:
        self._timer = None
        if self._due is None:
            return
        if self._due <= self._loop.time():
            self._timer = self._loop.call_later(GRACE_SECONDS, self._expire, self._due)
        else:
            self._timer = self._loop.call_at(self._due, self._check)

    def _expire(self, due: float) -> None:
        """Terminate the connection if the answer that was due is still missing."""
        if self._due == due:
            self._timer = None
            self._terminate()
        else:
            self._check()


class MeasuredDeadline(AnswerDeadline):
    """A deadline that also measures the time until each answer. It is due a known time after its start, so only the end
    needs a further look at the clock."""

    __slots__ = ("_observe", "_seconds")

    def __init__(self, observe: ObserveSeconds, timeout: float | None, terminate: Callable[[], None]) -> None:
        self._seconds = NEVER_SECONDS if timeout is None else timeout
        super().__init__(self._seconds, terminate)
        self._observe = observe

    @property
    def statement_timeout(self) -> float | None:
        return None if self._seconds == NEVER_SECONDS else super().statement_timeout

    def stop(self) -> None:
        if self._due is not None:
            self._observe(self._loop.time() - self._due + self._wait)
            self._due = None
