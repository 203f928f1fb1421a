"""A queue for expensive work: client networks take turns, so that one of them cannot delay the others."""

from asyncio import CancelledError, Future, Task, create_task, get_running_loop, shield
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

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
    """Runs at most `places` tasks at a time. Free places go to the networks in turn (round robin), and within a
    network to the task that has waited longest. The number of admitted clients is bounded."""

    def __init__(self, places: int, bounds: QueueBounds) -> None:
        self._free_places = places
        self._bounds = bounds
        self._admitted: Counter[tuple[str, str]] = Counter()
        self._waiting: OrderedDict[str, deque[Future[None]]] = OrderedDict()
        """By network, the next one first: the tasks that wait for a place. A place is free only if none waits."""
        self._running: set[Task[Any]] = set()

    @property
    def waiting(self) -> dict[str, int]:
        """The number of tasks that wait, by network."""
        return {network: len(waiters) for network, waiters in self._waiting.items()}

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
        await self._acquire_place(client.network)
        task = create_task(start())
        self._running.add(task)
        task.add_done_callback(self._end)
        return await shield(task)

    def _bounds_of(self, client: QueueClient) -> dict[tuple[str, str], int]:
        """Return the bound of each counter on which the client counts."""
        bounds = {("total", ""): self._bounds.total, ("network", client.network): self._bounds.per_network}
        if client.account is not None:
            bounds["account", client.account] = self._bounds.per_account
        return bounds

    async def _acquire_place(self, network: str) -> None:
        if self._free_places:
            self._free_places -= 1
            return
        waiter: Future[None] = get_running_loop().create_future()
        self._waiting.setdefault(network, deque()).append(waiter)
        try:
            await waiter
        except CancelledError:
            if waiter.cancelled():
                self._remove(network, waiter)
            else:  # cancelled after it got a place and before it could resume
                self._release_place()
            raise

    def _end(self, task: Task[Any]) -> None:
        self._running.discard(task)
        self._release_place()

    def _release_place(self) -> None:
        waiter = self._next_waiter()
        if waiter is None:
            self._free_places += 1
        else:
            waiter.set_result(None)

    def _next_waiter(self) -> "Future[None] | None":
        """Remove and return the waiter whose turn it is, and move its network to the end of the round."""
        while self._waiting:
            network, waiters = self._waiting.popitem(last=False)
            while waiters:
                waiter = waiters.popleft()
                if not waiter.done():  # a cancelled waiter removes itself only when its task resumes
                    if waiters:
                        self._waiting[network] = waiters
                    return waiter
        return None

    def _remove(self, network: str, waiter: "Future[None]") -> None:
        """Remove a cancelled waiter, unless `_next_waiter` has already skipped it."""
        waiters = self._waiting.get(network, deque())
        if waiter in waiters:
            waiters.remove(waiter)
            if not waiters:
                del self._waiting[network]
