"""The deliveries of one webhook, while this process holds its lease."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from database.authentication import SystemCredentials
from database.engine import Database
from database.reader import Reader
from inputs.changes import parse_change_filter
from models.base import utc_now
from models.webhook import WebhookDisabledReason, WebhookState
from server.webhooks.attempts import Sender
from services.core.change_feed import ChangePage, decode_cursor
from services.core.change_filter import ChangeFilter
from services.core.errors import BadInput, CursorExpired
from services.core.unit_of_work import UnitOfWork
from services.core.use_case import UseCase, run_use_case
from services.core.work_leases import HeldLease, LeaseLost, WorkLeases, renew_in
from services.webhooks import queue
from services.webhooks.feed_filter import of_types
from services.webhooks.notices import DisabledNotice
from services.webhooks.results import Attempt, disable, record_attempts
from services.webhooks.retries import RetryPolicy

logger = logging.getLogger("allotment.webhooks")

Result = TypeVar("Result")

REFRESH_SECONDS = 1.0
"""How often the webhook and the change feed are read again while the lease is held."""
LINGER_SECONDS = 1.0
"""If something is due so soon, the lease is held until then."""
POLLS = 3
"""How many times longer webhooks wait for a signal than subscriptions, since reading for a webhook costs more."""
UNAVAILABLE_SECONDS = 300.0
"""When a webhook is looked at again whose tenant is closed."""
CURSOR_REFRESH = timedelta(hours=1)
"""How old a cursor becomes at most although nothing has changed, so that it does not expire."""


@dataclass(frozen=True)
class DeliveryOptions:
    """What the deliveries of all webhooks of a process share."""

    database: Database
    leases: WorkLeases
    sender: Sender
    policy: RetryPolicy
    retention: timedelta
    concurrency: int
    """How many deliveries are sent to one webhook at the same time."""
    send_notice: Callable[[DisabledNotice], Any]

    @property
    def poll_seconds(self) -> float:
        """After how long the change feed is read again without a signal."""
        return self.database.change_signal.poll_seconds * POLLS


class EndpointDeliveries:
    """Queues the changes of one webhook, and sends what is due until nothing more is."""

    def __init__(self, lease: HeldLease, webhook_id: UUID, options: DeliveryOptions) -> None:
        assert lease.tenant_id is not None  # noqa: S101 -- for mypy
        self.tenant_id = lease.tenant_id
        self._lease = lease
        self._id = webhook_id
        self._options = options
        self._credentials = SystemCredentials(tenant_id=lease.tenant_id)
        self._running: dict[UUID, asyncio.Task[Attempt]] = {}
        self._event = asyncio.Event()
        self._webhook: Any = None
        self._refresh_at = 0.0
        self._has_news = True
        self._failures = 0
        """How many attempts have failed since the last success: a failing endpoint gets fewer at the same time."""
        self._is_stopping = False
        self._begun_at = time.monotonic()

    @property
    def has_news(self) -> bool:
        """Whether it was woken, and has not looked for changes since."""
        return self._has_news

    @property
    def is_stopping(self) -> bool:
        """Whether it begins no more attempts."""
        return self._is_stopping

    @property
    def seconds(self) -> float:
        """For how long it has held the lease."""
        return time.monotonic() - self._begun_at

    def wake(self) -> None:
        """Look for new changes and deliveries at once."""
        self._has_news = True
        self._refresh_at = 0.0
        self._event.set()

    def stop(self) -> None:
        """Begin no more attempts, and end when those that run have ended."""
        self._is_stopping = True
        self._event.set()

    async def run(self) -> None:
        """Deliver; release the lease at the end, unless it was lost."""
        try:
            due_in = await self._deliver()
        except LeaseLost:
            logger.info("The lease of webhook %s was lost: it was deleted, or another process delivers to it", self._id)
            return
        finally:
            await self._cancel_running()
        await self._options.leases.release(self._lease, 0 if self._has_news else due_in)

    async def _deliver(self) -> float:
        """Deliver until nothing more is due soon; return after how many seconds something is."""
        await self._write(lambda work: self._in_lease(work, queue.let_next_proceed(work, self._id)))
        while True:
            await self._refresh()
            if self._webhook is None and not self._running:
                self._has_news = False
                return UNAVAILABLE_SECONDS
            await self._queue_changes()
            await self._begin_attempts()
            if not self._running:
                wait = await self._find_wait()
                if self._is_stopping or (wait > LINGER_SECONDS and not self._has_news):
                    return 0 if self._is_stopping else wait
                await self._pause(0 if self._has_news else wait)
            else:
                await self._pause(REFRESH_SECONDS)
            await self._record()

    async def _refresh(self) -> None:
        """Read the webhook again from time to time, and renew the lease."""
        if self._lease.must_renew:
            await self._options.leases.renew(self._lease)
        if time.monotonic() < self._refresh_at:
            return
        self._webhook = await self._read(lambda reader: queue.load_webhook(reader, self._id))
        self._refresh_at = time.monotonic() + REFRESH_SECONDS
        self._has_news = True

    @property
    def _is_active(self) -> bool:
        return self._webhook is not None and self._webhook.state is WebhookState.ACTIVE

    async def _queue_changes(self) -> None:
        """Read a page of the change feed, and queue it."""
        has_news, self._has_news = self._has_news, False
        if not has_news or not self._is_active or self._is_stopping:
            return
        if await self._read(lambda reader: queue.is_full(reader, self._id)):
            return
        try:
            where = _build_filter(self._webhook)
        except (BadInput, LookupError, TypeError, ValueError):  # a type, for example, that no longer exists
            await self._disable(WebhookDisabledReason.FILTER_INVALID)
            return
        try:
            page = await queue.read_new_changes(self._options.database, self._webhook, where, self._options.retention)
        except CursorExpired:
            await self._disable(WebhookDisabledReason.CHANGES_EXPIRED)
            return
        if page.rows or page.has_next or _is_old(self._webhook.cursor):
            await self._write(lambda work: self._in_lease(work, self._queue_page(work, page)))
            self._refresh_at = 0.0
        self._has_news = page.has_next

    async def _queue_page(self, work: UnitOfWork, page: ChangePage) -> None:
        await queue.queue_changes(work, self._webhook, page)

    async def _begin_attempts(self) -> None:
        """Begin to send what is due, as far as the endpoint may get it at the same time."""
        free = max(1, self._options.concurrency >> self._failures) - len(self._running)
        if free <= 0 or self._webhook is None or self._is_stopping:
            return
        running, tests_only = list(self._running), not self._is_active
        due = await self._read(lambda reader: queue.find_due(reader, self._id, running, free, tests_only=tests_only))
        if due.waiting:
            await self._write(lambda work: self._in_lease(work, queue.let_wait(work, self._id, due.waiting)))
        for delivery in due.first:
            attempt = self._options.sender.attempt(self._lease, self._webhook, delivery)
            self._running[delivery.id] = task = asyncio.create_task(attempt)
            task.add_done_callback(lambda _: self._event.set())

    async def _find_wait(self) -> float:
        """Return the seconds until the next delivery is due, or until the webhook is to be looked at again."""
        if self._webhook is None:
            return self._options.poll_seconds
        tests_only = not self._is_active
        at = await self._read(lambda reader: queue.find_next_time(reader, self._id, tests_only=tests_only))
        seconds = self._options.poll_seconds if at is None else (at - utc_now()).total_seconds()
        return min(max(seconds, 0.05), self._options.poll_seconds)

    async def _pause(self, seconds: float) -> None:
        """Wait until an attempt has ended, something is new, or the time has passed."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()

    async def _record(self) -> None:
        """Store the results of the attempts that have ended, in one transaction."""
        ended = {id: task for id, task in self._running.items() if task.done()}
        if not ended:
            return
        attempts = [task.result() for task in ended.values()]
        policy = self._options.policy
        notice = await self._write(lambda work: record_attempts(work, self._lease, self._id, attempts, policy))
        for id in ended:
            del self._running[id]
        for attempt in (each for each in attempts if each.was_sent):
            self._failures = 0 if attempt.has_succeeded else min(self._failures + 1, 10)
        await self._notify(notice)

    async def _disable(self, reason: WebhookDisabledReason) -> None:
        notice = await self._write(lambda work: self._in_lease(work, disable(work, self._id, reason)))
        await self._notify(notice)

    async def _notify(self, notice: DisabledNotice | None) -> None:
        if notice is not None:
            logger.warning("A webhook was disabled: %s", notice.reason)
            self._refresh_at = 0.0
            await self._options.send_notice(notice)

    async def _read(self, query: Callable[[Reader], Awaitable[Result]]) -> Result:
        reader = Reader(self._options.database, self._credentials)
        try:
            return await query(reader)
        finally:
            await reader.close()

    async def _write(self, use_case: UseCase[Any]) -> Any:
        return await run_use_case(self._options.database, self._credentials, use_case)

    async def _in_lease(self, work: UnitOfWork, write: Any) -> Any:
        """Perform a write, unless another process has acquired the lease."""
        try:
            await renew_in(work, self._lease)
        except LeaseLost:
            write.close()
            raise
        return await write

    async def _cancel_running(self) -> None:
        for task in self._running.values():
            task.cancel()
        if self._running:
            await asyncio.wait(list(self._running.values()))


def _is_old(cursor: str) -> bool:
    return utc_now() - decode_cursor(cursor).time > CURSOR_REFRESH


def _build_filter(webhook: Any) -> ChangeFilter:
    types = of_types(webhook.types)
    return types & parse_change_filter(webhook.filter) if webhook.filter else types
