"""Finds the webhooks for which something is due, and delivers for those whose leases this process acquires."""

import asyncio
import logging
import time
from collections.abc import Iterable
from uuid import UUID

from database.outage import describe_outage, is_outage
from server.webhooks.endpoint import DeliveryOptions, EndpointDeliveries
from server.webhooks.tenant_signals import TenantSignals
from services.core.work_leases import HeldLease
from services.webhooks.webhook import WORK_KIND

logger = logging.getLogger("allotment.webhooks")

POLL_SECONDS = 1.0
"""How often a process looks for webhooks that are due."""
FOLLOW_SECONDS = 10.0
"""How often it looks for tenants that have webhooks now. Changes of others are noticed without a signal meanwhile."""
OUTAGE_SECONDS = 5.0
"""How long it waits after a failure of the database."""
WAKE_SECONDS = 0.05
"""Changes that are signaled within this time are looked for together."""
TURN_SECONDS = 10.0
"""How long a webhook keeps others waiting at least, if the process holds as many leases as it can."""
STOP_SECONDS = 5.0
"""How long a stopping process waits for attempts. Those that it cancels are made again by another process."""


class Dispatcher:
    """Delivers the webhooks of all tenants in one process, together with other processes."""

    def __init__(self, options: DeliveryOptions, max_held: int, lease_seconds: float) -> None:
        self._options = options
        self._max_held = max_held
        self._lease_seconds = lease_seconds
        self._held: dict[asyncio.Task[None], EndpointDeliveries] = {}
        self._woken: set[UUID] = set()
        self._event = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._signals = TenantSignals(options.database.change_signal, lambda tenant: self.wake([tenant]))
        self._follow_at = 0.0

    def start(self) -> None:
        """Begin to deliver, in the background."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def wake(self, tenants: Iterable[UUID] = ()) -> None:
        """Look at once for webhooks that are due, and for changes of these tenants."""
        woken = set(tenants)
        self._woken |= woken
        for each in self._held.values():
            if not woken or each.tenant_id in woken:
                each.wake()
        self._event.set()

    async def close(self) -> None:
        """Begin no more attempts, and wait for those that run."""
        self._is_stopping = True
        self._event.set()
        if self._task is not None:
            await self._task
        self._signals.follow(())
        for each in self._held.values():
            each.stop()
        if self._held:
            _, late = await asyncio.wait(tuple(self._held), timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    async def _run(self) -> None:
        while not self._is_stopping:
            pause = POLL_SECONDS
            try:
                await self._acquire()
            except Exception as error:  # noqa: BLE001 -- nothing may end the deliveries
                _log_failure(error)
                pause = OUTAGE_SECONDS
            await self._pause(pause)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass
        else:
            await asyncio.sleep(WAKE_SECONDS)
        self._event.clear()

    async def _acquire(self) -> None:
        """Acquire the leases of webhooks that are due, and begin to deliver."""
        free = self._max_held - len(self._held)
        if free <= 0:
            await self._let_others_proceed()
            return
        woken, self._woken = self._woken, set()
        are_all_found = False
        try:
            await self._follow_tenants()
            names = await self._options.leases.find_due(WORK_KIND, free, woken)
            for lease in await self._options.leases.acquire(names, self._lease_seconds, woken) if names else ():
                self._begin(lease)
            are_all_found = len(names) < free
        finally:
            if not are_all_found:
                self._woken |= woken

    async def _follow_tenants(self) -> None:
        if time.monotonic() >= self._follow_at:
            self._signals.follow(await self._options.leases.find_tenants(WORK_KIND))
            self._follow_at = time.monotonic() + FOLLOW_SECONDS

    async def _let_others_proceed(self) -> None:
        """If webhooks wait that are due, let as many of those that have had their turn end, those held longest first.
        They are due again at once, but after those that wait."""
        had_turn = [each for each in self._held.values() if each.seconds >= TURN_SECONDS and not each.is_stopping]
        if had_turn:
            ending = sum(each.is_stopping for each in self._held.values())
            waiting = await self._options.leases.find_due(WORK_KIND, len(self._held), self._woken)
            for each in had_turn[: max(0, len(waiting) - ending)]:
                each.stop()

    def _begin(self, lease: HeldLease) -> None:
        deliveries = EndpointDeliveries(lease, UUID(lease.name.rpartition(":")[2]), self._options)
        self._signals.add(deliveries.tenant_id)  # it may be the first webhook of its tenant
        task = asyncio.get_running_loop().create_task(deliveries.run())
        self._held[task] = deliveries
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        deliveries = self._held.pop(task)
        self._event.set()
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            _log_failure(error)
        elif deliveries.has_news:  # since the lease was released
            self._woken.add(deliveries.tenant_id)


def _log_failure(error: BaseException) -> None:
    if is_outage(error):
        logger.warning("Webhooks are not delivered at present: %s", describe_outage(error))
    else:
        logger.error("Delivering webhooks failed", exc_info=error)
