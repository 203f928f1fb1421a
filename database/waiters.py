"""A queue of tasks that wait for a value, such as a connection. Groups of tasks take turns."""

from asyncio import CancelledError, Future, get_running_loop
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from database.shares import FIRST, Group, Shares

Value = TypeVar("Value")
TIMEOUT = TimeoutError()


class WaiterQueue(Generic[Value]):
    """Tasks that wait for a value. The group that holds the fewest places is served first; of several, the one that was
    served longest ago; and in a group, the task that has waited longest. Without groups, this is first in, first out.
    The group FIRST is served before all others.

    A value counts as a place of the group from its assignment on. `reclaim` is called with a value whose waiter was
    cancelled after the assignment and before it could resume.
    """

    def __init__(self, reclaim: Callable[[Value], None], shares: Shares | None = None) -> None:
        self._reclaim = reclaim
        self._shares = shares or Shares()
        self._waiting: OrderedDict[Group, deque[Future[Value]]] = OrderedDict()
        """By group. Waiters that are done are removed when it is their turn, or by their own tasks."""

    @property
    def is_waiting(self) -> bool:
        """Whether a task may be waiting."""
        return bool(self._waiting)

    def __len__(self) -> int:
        """The number of tasks that still wait."""
        return sum(self.waiting.values())

    @property
    def waiting(self) -> dict[Group, int]:
        """The number of tasks that still wait, by group."""
        numbers = {group: sum(not waiter.done() for waiter in waiters) for group, waiters in self._waiting.items()}
        return {group: number for group, number in numbers.items() if number}

    async def wait(
        self, seconds: float | None = None, timeout_error: Exception = TIMEOUT, group: Group = None
    ) -> Value:
        """Return the value that `assign` passes to this task; raise `timeout_error` after `seconds`."""
        loop = get_running_loop()
        waiter: Future[Value] = loop.create_future()
        self._waiting.setdefault(group, deque()).append(waiter)
        timer = None if seconds is None else loop.call_later(seconds, _fail, waiter, timeout_error)
        try:
            return await waiter
        except BaseException as error:
            if isinstance(error, CancelledError) and _has_value(waiter):
                self._shares.release(group)
                self._reclaim(waiter.result())
            else:
                self._remove(group, waiter)
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def assign(self, value: Value) -> bool:
        """Pass the value to the task whose turn it is; return False if none may have it."""
        while self._waiting:
            group = self._next_group()
            if group is _NO_GROUP:
                return False
            waiters = self._waiting.pop(group)
            while waiters:
                waiter = waiters.popleft()
                if not waiter.done():
                    if waiters:
                        self._waiting[group] = waiters  # at the end
                    self._shares.take(group)
                    waiter.set_result(value)
                    return True
        return False

    def drop_newest(self, group: Group, error: Exception) -> None:
        """Let the task of the group that has waited for the shortest time fail."""
        waiter = next(waiter for waiter in reversed(self._waiting[group]) if not waiter.done())
        waiter.set_exception(error)

    def _next_group(self) -> Group:
        """Return the group that is served next; _NO_GROUP if all of them hold as many places as they may."""
        if FIRST in self._waiting:
            return FIRST
        held = self._shares.held
        groups = [group for group in self._waiting if not self._shares.is_full(group)]
        return min(groups, key=lambda group: held.get(group, 0), default=_NO_GROUP)

    def _remove(self, group: Group, waiter: "Future[Value]") -> None:
        """Remove a waiter that was cancelled or has failed, unless it was removed before."""
        waiters = self._waiting.get(group)
        if waiters is not None and waiter in waiters:
            waiters.remove(waiter)
            if not waiters:
                del self._waiting[group]


_NO_GROUP = object()


def _has_value(waiter: "Future[Any]") -> bool:
    return waiter.done() and not waiter.cancelled() and waiter.exception() is None


def _fail(waiter: "Future[Any]", error: Exception) -> None:
    if not waiter.done():
        waiter.set_exception(error)
