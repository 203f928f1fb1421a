"""Which leases a process acquires and gives back; without a database."""

# ruff: noqa: SLF001 -- one step at a time, without the loop

import asyncio
from collections.abc import Collection, Sequence
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from database.change_signal import ChangeSignal
from models.base import utc_now
from server.webhooks.dispatcher import TURN_SECONDS, Dispatcher
from services.core.work_leases import HeldLease
from services.webhooks.webhook import WORK_KIND

TENANT = uuid4()


class Leases:
    """Work that is due, which another process acquires."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.is_available = True

    async def find_tenants(self, kind: str) -> list[UUID]:
        assert kind == WORK_KIND
        return []

    async def find_due(self, kind: str, limit: int, tenants: Collection[UUID]) -> Sequence[str]:
        assert kind == WORK_KIND
        assert tenants == {TENANT}
        if not self.is_available:
            raise ConnectionError
        return self.names[:limit]

    async def acquire(self, _names: Sequence[str], _seconds: float, _tenants: Collection[UUID]) -> Sequence[Any]:
        return ()


class Held:
    """Deliveries to a webhook whose lease is held."""

    tenant_id = TENANT

    def __init__(self, seconds: float = 0.0, *, has_news: bool = False) -> None:
        self.seconds = seconds
        self.has_news = has_news
        self.is_stopping = False

    def wake(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        self.is_stopping = True


def build(leases: Leases, max_held: int, *held: Held, signal: ChangeSignal | None = None) -> Dispatcher:
    """Build a dispatcher that was woken for TENANT."""
    database = SimpleNamespace(change_signal=signal)
    dispatcher = Dispatcher(cast("Any", SimpleNamespace(leases=leases, database=database)), max_held, 45.0)
    dispatcher._held = {cast("Any", object()): cast("Any", each) for each in held}
    dispatcher.wake([TENANT])
    return dispatcher


async def test_signal_is_looked_for_again_after_an_outage() -> None:
    leases = Leases()
    dispatcher = build(leases, 2)
    leases.is_available = False
    with pytest.raises(ConnectionError):
        await dispatcher._acquire()
    assert dispatcher._woken == {TENANT}
    leases.is_available = True
    await dispatcher._acquire()
    assert dispatcher._woken == set()


async def test_signal_is_looked_for_again_if_more_is_due_than_can_be_held() -> None:
    dispatcher = build(Leases("a", "b", "c"), 2)
    await dispatcher._acquire()
    assert dispatcher._woken == {TENANT}


async def test_tenant_of_a_new_webhook_is_followed_at_once() -> None:
    """Not only when the process looks for tenants again: until then, its changes would wait for a poll of the feed."""
    signal = ChangeSignal()
    dispatcher = build(Leases(), 2, signal=signal)
    await dispatcher._acquire()
    dispatcher._begin(HeldLease(f"{WORK_KIND}:{TENANT}:{uuid4()}", TENANT, 1, 45.0, 0.0, utc_now()))
    signal.notify(TENANT)
    assert dispatcher._woken == {TENANT}
    for task in dispatcher._held:
        task.cancel()


@pytest.mark.parametrize("has_news", [True, False])
async def test_signal_during_the_release_of_a_lease_is_looked_for(*, has_news: bool) -> None:
    dispatcher = build(Leases(), 2)
    await dispatcher._acquire()
    task = asyncio.create_task(asyncio.sleep(0))
    dispatcher._held[task] = cast("Any", Held(has_news=has_news))
    await task
    dispatcher._end(task)
    assert dispatcher._woken == ({TENANT} if has_news else set())


@pytest.mark.parametrize(("waiting", "expected"), [((), [False] * 3), (("a",), [True, False, False])])
async def test_webhook_that_is_held_longest_lets_others_proceed(waiting: Sequence[str], expected: list[bool]) -> None:
    held = [Held(TURN_SECONDS * 3), Held(TURN_SECONDS * 2), Held(1.0)]
    dispatcher = build(Leases(*waiting), 3, *held)
    await dispatcher._acquire()
    await dispatcher._acquire()  # it does not end more of them while one ends
    assert [each.is_stopping for each in held] == expected


async def test_webhook_that_has_just_begun_is_not_interrupted() -> None:
    held = [Held(TURN_SECONDS / 2)]
    await build(Leases("a"), 1, *held)._acquire()
    assert not held[0].is_stopping
