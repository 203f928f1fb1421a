"""Many deliveries to a receiver that often fails, while the processes that deliver are killed."""

import asyncio
import random
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from models.membership import Role
from server.config.paths import PROJECT_ROOT
from tests.support.app_fixture import AppFixture
from tests.support.server_process import build_environment
from tests.support.settings import SECRET_KEY
from tests.webhooks.hooks import CREATE
from tests.webhooks.receiver import Answer, Delivery, Receiver

PROGRAM = Path(__file__).parent / "background_process.py"
TIMEOUT = 0.5
SETTINGS = {
    "SECRET_KEY": SECRET_KEY,
    "WEBHOOK_ALLOW_PRIVATE": "127.0.0.0/8",
    "WEBHOOK_TIMEOUT": str(TIMEOUT),
    "WEBHOOK_RETRY_SECONDS": ",".join(["0.05"] * 45),
    "DB_POOL_SIZE": "3",
}
TITLES = """mutation ($ids: [ID!]!, $title: String!) {
  bulkUpdateTasks(ids: $ids, input: {title: $title}) { succeeded userErrors { message } }
}"""
NEW_TASKS = """mutation ($inputs: [CreateTaskInput!]!) {
  bulkCreateTasks(inputs: $inputs) { results { task { id } } userErrors { message } }
}"""
BAD_ANSWERS = (
    Answer(500),
    Answer(302, headers=("Location: http://127.0.0.1:9/",)),
    Answer(raw=b""),
    Answer(raw=b"not HTTP at all\r\n\r\n"),
    Answer(200, delay=TIMEOUT * 3),
)
SLOW = Answer(200, delay=0.05)


@dataclass
class UnreliableReceiver:
    """Answers badly in some cases, and notes what it has accepted: the versions of each object."""

    receiver: Receiver
    generator: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 -- repeatable
    accepted: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def answer(self, delivery: Delivery) -> Answer:
        """Return a bad answer in a fifth of all cases, a slow one in a tenth."""
        if self.generator.random() < 0.2:
            return self.generator.choice(BAD_ANSWERS)
        self.accepted[delivery.object_id].append(delivery.payload["data"]["version"])
        return SLOW if self.generator.random() < 0.1 else Answer()

    def problems(self, ids: list[str], versions: int) -> list[str]:
        """Return what was lost, and what was accepted before an earlier version of the same object."""
        expected = list(range(1, versions + 1))
        return [
            f"{id}: {self.accepted[id]}"
            for id in ids
            if list(dict.fromkeys(self.accepted[id])) != expected  # repeated ones are permitted
        ]

    def is_complete(self, ids: list[str], versions: int) -> bool:
        """Whether the last version of each object was accepted."""
        return all(versions in self.accepted[id] for id in ids)


async def change_tasks(app_fixture: AppFixture, tasks: int, versions: int) -> list[str]:
    """Create tasks, and change each several times. Return their ids."""
    client = app_fixture.tenant.client()
    created = await client(NEW_TASKS, inputs=[{"title": f"Task {number}"} for number in range(tasks)])
    ids = [each["task"]["id"] for each in created.payload("bulkCreateTasks")["results"]]
    for version in range(2, versions + 1):
        (await client(TITLES, ids=ids, title=f"Version {version}")).payload("bulkUpdateTasks")
    return ids


async def create_webhook(app_fixture: AppFixture, receiver: Receiver) -> None:
    """Create a webhook for tasks."""
    client = app_fixture.tenant.client(Role.ADMIN)
    (await client(CREATE, input={"url": receiver.url, "types": ["TASK"]})).payload("createWebhook")


class Processes:
    """Server processes that deliver, of which one at a time is killed and replaced."""

    def __init__(self, database_url: str) -> None:
        self._environment = build_environment(database_url, PYTHONPATH=str(PROJECT_ROOT), **SETTINGS)
        self._processes: list[Process] = []

    async def start(self) -> Process:
        """Start a process."""
        command = (sys.executable, str(PROGRAM))
        process = await asyncio.create_subprocess_exec(
            *command, cwd=PROJECT_ROOT, stdout=PIPE, stderr=DEVNULL, env=self._environment
        )
        self._processes.append(process)
        return process

    async def kill_one(self) -> None:
        """Kill the process that runs longest, and start another one."""
        process = self._processes.pop(0)
        process.kill()
        await process.communicate()
        await self.start()

    async def stop(self) -> None:
        """Kill all processes."""
        for process in self._processes:
            process.kill()
            await process.communicate()


async def wait_until_ready(process: Process) -> None:
    """Wait until a process delivers."""
    assert process.stdout is not None
    async with asyncio.timeout(120):
        assert await process.stdout.readline() == b"ready\n"


async def run(  # noqa: PLR0913, PLR0917 -- the parameters of the test
    app_fixture: AppFixture, database_url: str, receiver: Receiver, tasks: int, versions: int, kills: int
) -> int:
    """Deliver all changes while processes are killed; fail if one is lost or out of order. Return how many deliveries
    were received."""
    unreliable = UnreliableReceiver(receiver)
    receiver.answer = unreliable.answer
    await create_webhook(app_fixture, receiver)
    processes = Processes(database_url)
    try:
        for process in [await processes.start(), await processes.start()]:
            await wait_until_ready(process)
        ids = [
            id for _ in range(-(-tasks // 1000)) for id in await change_tasks(app_fixture, min(tasks, 1000), versions)
        ]
        for _ in range(kills):
            await asyncio.sleep(unreliable.generator.uniform(0.2, 1.5))
            await processes.kill_one()
        async with asyncio.timeout(1800):
            while not unreliable.is_complete(ids, versions):  # noqa: ASYNC110 -- there is no event
                await asyncio.sleep(0.1)
    finally:
        await processes.stop()
    assert unreliable.problems(ids, versions) == []
    return len(receiver.received)
