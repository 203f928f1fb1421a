"""A gate that admits a limited number of tasks at a time, and lets groups of tasks take turns."""

from asyncio import TimerHandle, get_running_loop

from database.shares import Group, Shares
from database.waiters import TIMEOUT, WaiterQueue

RETRY_SECONDS = 0.1
"""Free places that no waiting group may take are offered again after this time."""


class FairGate:
    """A number of places. Waiting tasks get them in the order of WaiterQueue, those that return before all others."""

    def __init__(self, places: int, shares: Shares | None = None) -> None:
        self._free = places
        self.shares = shares or Shares()
        self.waiters: WaiterQueue[None] = WaiterQueue(self._reclaim, self.shares)
        self._returning: WaiterQueue[None] = WaiterQueue(self._reclaim, self.shares)
        """Tasks that have given their place up for a while."""
        self._timer: TimerHandle | None = None
        self.number_waiting = 0
        """How many tasks wait, those that return included."""

    @property
    def number_free(self) -> int:
        """How many places are free."""
        return self._free

    def try_enter(self, group: Group) -> bool:
        """Take a place if one is free for the group. Never waits."""
        shares = self.shares
        if not self._free or (shares.held and shares.is_full(group)):
            return False
        self._free -= 1
        shares.take(group)
        return True

    async def enter(self, group: Group, seconds: float | None = None, timeout_error: Exception = TIMEOUT) -> None:
        """Take a place as soon as it is the task's turn; raise `timeout_error` after `seconds`."""
        if not self.try_enter(group):
            await self._wait(self.waiters, group, seconds, timeout_error)

    async def enter_again(self, group: Group) -> None:
        """Take a place before the tasks that wait for their first one. This wait cannot be refused."""
        if not self.try_enter(group):
            await self._wait(self._returning, group)

    def leave(self, group: Group) -> None:
        """Release a place of the group."""
        self.shares.release(group)
        self._free += 1
        if self.number_waiting:
            self._pass_on()

    async def _wait(
        self, queue: WaiterQueue[None], group: Group, seconds: float | None = None, timeout_error: Exception = TIMEOUT
    ) -> None:
        self.number_waiting += 1
        self._schedule_pass_on()
        try:
            await queue.wait(seconds, timeout_error, group)
        finally:
            self.number_waiting -= 1

    def _reclaim(self, _value: None) -> None:
        """Pass on the place of a task that was cancelled."""
        self._free += 1
        self._pass_on()

    def _pass_on(self) -> None:
        """Assign all free places: the groups' limits may have changed."""
        while self._free and (self._returning.assign(None) or self.waiters.assign(None)):
            self._free -= 1
        self._schedule_pass_on()

    def _schedule_pass_on(self) -> None:
        """If places are free and tasks wait, try again later: their shares may grow although no task leaves."""
        if self._free and self.number_waiting and self._timer is None:
            self._timer = get_running_loop().call_later(RETRY_SECONDS, self._pass_on_later)

    def _pass_on_later(self) -> None:
        self._timer = None
        self._pass_on()


class Place:
    """A place at a gate, which can be given up for a while."""

    __slots__ = ("_gate", "_group", "_is_held")

    def __init__(self, gate: FairGate, group: Group) -> None:
        self._gate = gate
        self._group = group
        self._is_held = True

    def leave(self) -> None:
        """Give the place up. May be called again."""
        if self._is_held:
            self._is_held = False
            self._gate.leave(self._group)

    def must_yield(self) -> bool:
        """Whether the task should pause in its place, because the tasks of other groups are preferred."""
        return self._gate.shares.must_yield(self._group)

    def count(self, points: int) -> None:
        """Count the points that the task has used."""
        self._gate.shares.count(self._group, points)

    async def enter(self) -> None:
        """Wait for a place again, before the tasks that wait for their first one."""
        await self._gate.enter_again(self._group)
        self._is_held = True
