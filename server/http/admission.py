"""Admission of requests to execution: a bounded number of them, and a bounded queue in which tenants take turns."""

from database.abort import AbortSignal
from database.active_shares import ActiveShares
from database.fair_gate import FairGate, Place
from database.shares import Group, share_of
from server.config.overload_settings import OverloadSettings
from server.http.overloaded import Overloaded


class Admission:
    """The places of one process for requests that are executed.

    While several tenants are active, each may hold an equal share of the places. If the queue is full, the request that
    came last of the tenant with the most waiting requests is refused: a tenant can fill the queue, but not for others.
    Requests that have given their place up for a while wait too, but they have begun and are never refused.
    """

    def __init__(self, settings: OverloadSettings) -> None:
        places = settings.max_concurrent_requests
        self._places = places
        self._gate = FairGate(places, ActiveShares(places, share_of(places, settings.tenant_share)))
        self._max_waiting = settings.max_queued_requests

    @property
    def places(self) -> int:
        """How many requests may be executed at the same time."""
        return self._places

    @property
    def executing(self) -> int:
        """How many requests have a place."""
        return self._places - self._gate.number_free

    @property
    def waiting(self) -> int:
        """How many requests wait for a place."""
        return self._gate.number_waiting

    def try_enter(self, group: Group) -> Place | None:
        """Return a place if one is free. Never waits."""
        return Place(self._gate, group) if self._gate.try_enter(group) else None

    async def enter(self, group: Group, signal: AbortSignal) -> Place:
        """Wait for a place; raise Overloaded if the queue is full, RequestAborted if the request is aborted."""
        if self._gate.number_waiting >= self._max_waiting:
            self._make_room(group)
        with signal.stopping_task():
            await self._gate.enter(group)
        return Place(self._gate, group)

    def _make_room(self, group: Group) -> None:
        """Refuse the last request of the group with the most waiting requests; raise Overloaded if it is this one."""
        overloaded = Overloaded(
            f"The server is overloaded: {self._max_waiting} requests wait already (MAX_QUEUED_REQUESTS). "
            "Try again later."
        )
        waiting = self._gate.waiters.waiting
        largest = max(waiting, key=lambda each: waiting[each], default=group)
        if waiting.get(largest, 0) <= waiting.get(group, 0) + 1:
            raise overloaded
        self._gate.waiters.drop_newest(largest, overloaded)
