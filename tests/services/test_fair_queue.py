"""The queue in which client networks take turns."""

import asyncio
from contextlib import ExitStack

import pytest

from services.core.errors import RateLimited
from services.core.fair_queue import FairQueue, QueueBounds, QueueClient

BOUNDS = QueueBounds(total=6, per_network=4, per_account=2, retry_after_seconds=7)


class Work:
    """Runs named pieces of work in a queue; each runs until `finish`. The first character names the network."""

    def __init__(self, places: int = 1) -> None:
        self.queue = FairQueue(places, BOUNDS)
        self.started: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}

    async def enqueue(self, *names: str) -> list["asyncio.Task[str]"]:
        """Start tasks that enter the queue in this order."""
        tasks = [asyncio.create_task(self._run(name)) for name in names]
        await settle()
        return tasks

    def end(self, name: str) -> None:
        """Let running work end when the event loop runs next."""
        self._ends[name].set()

    async def finish(self, *names: str) -> None:
        """Let running work end, in this order."""
        for name in names:
            self.end(name)
            await settle()

    async def finish_all(self) -> list[str]:
        """Let all work end, one after the other; return the order in which it started."""
        for name in self.started:  # grows while the loop runs
            await self.finish(name)
        return self.started

    async def _run(self, name: str) -> str:
        async def work() -> str:
            self.started.append(name)
            self._ends[name] = asyncio.Event()
            await self._ends[name].wait()
            return name

        return await self.queue.run(QueueClient(name[0]), work)


async def settle() -> None:
    """Let all tasks run until they wait."""
    for _ in range(10):
        await asyncio.sleep(0)


async def assert_places(work: Work, number: int) -> None:
    """Assert that exactly this number of places is free."""
    names = [f"{network}-last" for network in "vwxyz"]
    started = len(work.started)
    tasks = await work.enqueue(*names)
    assert work.started[started:] == names[:number]
    await work.finish_all()
    assert await asyncio.gather(*tasks) == names


async def test_network_is_served_first_in_first_out() -> None:
    work = Work()
    tasks = await work.enqueue("a1", "a2", "a3", "a4")
    assert work.started == ["a1"]
    assert await work.finish_all() == ["a1", "a2", "a3", "a4"]
    assert await asyncio.gather(*tasks) == ["a1", "a2", "a3", "a4"]


async def test_networks_take_turns() -> None:
    work = Work()
    await work.enqueue("a1", "a2", "a3", "a4", "b1", "b2", "c1")
    assert await work.finish_all() == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]


async def test_newcomer_waits_for_one_task_of_each_network_before_it() -> None:
    work = Work(places=2)
    await work.enqueue(*(f"a{number}" for number in range(50)))
    await work.enqueue("b")
    await work.finish("a0", "a1")
    assert work.started == ["a0", "a1", "b", "a2"]
    await work.finish_all()


async def test_as_many_tasks_run_as_there_are_places() -> None:
    work = Work(places=3)
    await work.enqueue("a1", "a2", "b1", "c1", "b2")
    assert work.started == ["a1", "a2", "b1"]
    await work.finish_all()
    await assert_places(work, 3)


async def test_cancelled_waiter_leaves_the_queue_and_its_network_keeps_its_turn() -> None:
    work = Work()
    _, first, _, _, alone = await work.enqueue("a1", "a2", "a3", "b1", "c1")
    first.cancel()
    alone.cancel()
    await settle()
    assert work.queue.waiting == {"a": 1, "b": 1}
    assert await work.finish_all() == ["a1", "a3", "b1"]
    await assert_places(work, 1)


@pytest.mark.parametrize("ticks", range(8))
async def test_no_place_is_lost_if_a_waiter_is_cancelled_while_a_place_becomes_free(ticks: int) -> None:
    """The waiter is cancelled after each of the steps between the end of the work before it and its own start."""
    work = Work()
    _, cancelled, _ = await work.enqueue("a1", "a2", "b1")
    work.end("a1")
    for _ in range(ticks):
        await asyncio.sleep(0)
    cancelled.cancel()
    await settle()
    assert cancelled.cancelled()
    started = await work.finish_all()
    assert started in (["a1", "b1"], ["a1", "a2", "b1"])
    await assert_places(work, 1)


async def test_cancelled_task_keeps_its_place_until_its_work_ends() -> None:
    work = Work()
    running, _ = await work.enqueue("a1", "b1")
    running.cancel()
    await settle()
    assert running.cancelled()
    assert work.started == ["a1"]
    assert await work.finish_all() == ["a1", "b1"]
    await assert_places(work, 1)


async def test_failed_work_releases_its_place() -> None:
    work = Work()

    async def fail() -> None:
        raise ValueError("failed")

    with pytest.raises(ValueError, match="failed"):
        await work.queue.run(QueueClient("a"), fail)
    await assert_places(work, 1)


def admit_until_refused(queue: FairQueue, clients: list[QueueClient]) -> int:
    """Admit the clients at the same time; return the number of those before the first that is refused."""
    with ExitStack() as admissions:
        for number, client in enumerate(clients):
            try:
                admissions.enter_context(queue.admit(client))
            except RateLimited:
                return number
    return len(clients)


@pytest.mark.parametrize(
    ("clients", "bound"),
    [
        ([QueueClient("a", str(number)) for number in range(9)], BOUNDS.per_network),
        ([QueueClient(str(number), "ada") for number in range(9)], BOUNDS.per_account),
        ([QueueClient(str(number), str(number)) for number in range(9)], BOUNDS.total),
        ([QueueClient(str(number)) for number in range(9)], BOUNDS.total),
    ],
    ids=["network", "account", "total", "without accounts"],
)
def test_admission_is_bounded(clients: list[QueueClient], bound: int) -> None:
    queue = FairQueue(1, BOUNDS)
    for _ in range(2):  # refusals and admissions leave no count behind
        assert admit_until_refused(queue, clients) == bound


def test_full_account_does_not_affect_others() -> None:
    queue = FairQueue(1, BOUNDS)
    with queue.admit(QueueClient("a", "ada")), queue.admit(QueueClient("b", "ada")):
        with pytest.raises(RateLimited) as refused, queue.admit(QueueClient("c", "ada")):
            pass
        assert refused.value.retry_after == BOUNDS.retry_after_seconds
        with queue.admit(QueueClient("c", "bea")):
            pass
