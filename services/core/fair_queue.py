"""A queue for expensive work: client networks take turns, so that one of them cannot delay the others."""

from asyncio import Task, create_task, shield
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from database.fair_gate import FairGate
from database.shares import Group
from services.core.errors import RateLimited

Result = TypeVar("Result")


@dataclass(frozen=True)
class QueueClient:
    """On whose behalf work is queued: the network that sent the request, and the account that it concerns."""

    network: str
    account: str | None = None


@dataclass(frozen=True)
class QueueBounds:
    """The largest numbers of clients that may be admitted to a queue at the same time."""

    total: int
    per_network: int
    per_account: int
    retry_after_seconds: int
    """The seconds after which a refused client should try again."""


class FairQueue:
    """Runs at most `places` tasks at a time. A free place goes to the network with the fewest running tasks; networks
    with equally many take turns (round robin), and within a network the task that has waited longest is the next. The
    number of admitted clients is bounded."""

    def __init__(self, places: int, bounds: QueueBounds) -> None:
        self._gate = FairGate(places)
        self._bounds = bounds
        self._admitted: Counter[tuple[str, str]] = Counter()
        self._running: set[Task[Any]] = set()

    @property
    def waiting(self) -> dict[Group, int]:
        """The number of tasks that wait, by network."""
        return self._gate.waiters.waiting

    @contextmanager
    def admit(self, client: QueueClient) -> Iterator[None]:
        """Count the client as admitted inside the block; raise RateLimited at once if a bound is reached."""
        bounds = self._bounds_of(client)
        if any(self._admitted[key] >= bound for key, bound in bounds.items()):
            raise RateLimited(self._bounds.retry_after_seconds)
        self._admitted.update(bounds.keys())
        try:
            yield
        finally:
            self._admitted.subtract(bounds.keys())
            self._admitted = +self._admitted  # without the keys that have become zero

    async def run(self, client: QueueClient, start: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Run the coroutine when it is the client's turn. Cancellation leaves the queue; a coroutine that has started
        keeps its place until it ends, because a thread cannot be cancelled."""
        await self._gate.enter(client.network)
        task = create_task(start())
        self._running.add(task)
        task.add_done_callback(lambda task: self._end(task, client.network))
        return await shield(task)

    def _bounds_of(self, client: QueueClient) -> dict[tuple[str, str], int]:
        """Return the bound of each counter on which the client counts."""
        bounds = {("total", ""): self._bounds.total, ("network", client.network): self._bounds.per_network}
        if client.account is not None:
            bounds["account", client.account] = self._bounds.per_account
        return bounds

    def _end(self, task: Task[Any], network: str) -> None:
        self._running.discard(task)
        self._gate.leave(network)
