"""Measures how much a greedy tenant slows the others down: nine tenants with and without a tenth that sends many
expensive queries.

    python -m bench.fairness [--short]

It starts its own PostgreSQL server, and the server of this checkout with one process and default limits, apart from the
cost budgets, which would refuse most requests of the greedy tenant. Its client is a process of its own, so that its
responses do not delay the measurement of the others.
"""

import asyncio
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

import orjson

from bench.contenders.allotment import Allotment
from bench.database import BenchDatabase
from bench.requests import HOST, Request
from bench.server_process import ServerProcess
from bench.targets import find_tenant
from bench.workloads import WORKLOADS, Shape, Workload
from tests.harness.postgres_server import free_port

OTHERS = [f"bench-{number}" for number in range(1, 10)]
GREEDY, GREEDY_CONNECTIONS = "bench-0", 64
CONNECTIONS = 2
"""The connections of each other tenant."""
PAUSES = {"busy": 0.0, "moderate": 0.3, "light": 2.0}
"""Loads of the other tenants: the longest pause in seconds before each request of a connection."""
ORDINARY = Workload("ordinary", Shape.TREE, {"projects": 10, "tasks": 10})
EXPENSIVE = Workload("expensive", Shape.TREE, {"projects": 50, "tasks": 20})
ROUNDS, SECONDS, SCALE = 3, 6.0, 0.3
_GREEDY_CLIENT = "--greedy-client"
_HEAD_END = b"\r\n\r\n"


class DefaultAllotment(Allotment):
    """The server with its default pool."""

    def environment(self, database: BenchDatabase, port: int) -> Mapping[str, str]:
        environment = super().environment(database, port)
        return {name: value for name, value in environment.items() if not name.startswith("DB_")}


@dataclass
class Clients:
    """Sends requests on a number of connections each, every one after the response to the previous one."""

    port: int
    connections: int
    seconds: float
    pause: float = 0.0
    times: list[float] = field(default_factory=list)
    """The times of all responses in seconds."""

    async def send(self, requests: Sequence[Request]) -> None:
        """Send the requests for the given time."""
        until = time.perf_counter() + self.seconds
        await asyncio.gather(*(self._repeat(each, until) for each in requests for _ in range(self.connections)))
        self.times.sort()

    def percentile(self, percent: int) -> float:
        """Return the percentile in milliseconds, after `send`."""
        return self.times[len(self.times) * percent // 100] * 1000

    def __str__(self) -> str:
        rate = len(self.times) / self.seconds
        return f"{rate:7.0f} per second   p50 {self.percentile(50):7.1f} ms   p95 {self.percentile(95):7.1f} ms"

    async def _repeat(self, request: Request, until: float) -> None:
        reader, writer = await asyncio.open_connection(HOST, self.port, limit=2**24)
        while True:
            await asyncio.sleep(random.uniform(0, self.pause))  # noqa: S311 -- a load
            if (sent_at := time.perf_counter()) >= until:
                break
            writer.write(_encode(request))
            head = await reader.readuntil(_HEAD_END)
            await reader.readexactly(int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]))
            self.times.append(time.perf_counter() - sent_at)
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
        writer.close()


def _encode(request: Request) -> bytes:
    headers = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    head = f"POST {request.path} HTTP/1.1\r\nhost: {HOST}\r\n{headers}content-length: {len(request.body)}\r\n\r\n"
    return head.encode() + request.body


@contextmanager
def greedy_client(port: int, request: Request, seconds: float) -> Iterator[None]:
    """Send expensive queries from another process inside the block."""
    job = {"port": port, "path": request.path, "body": request.body.decode(), "headers": dict(request.headers)}
    command = [sys.executable, "-m", "bench.fairness", _GREEDY_CLIENT, str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        writer, output = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        writer.write(orjson.dumps(job))
        writer.close()
        output.readline()  # it has begun
        time.sleep(1)
        yield
        print(f"  greedy tenant       {output.read().decode().strip()}")


def run_greedy_client(seconds: float) -> None:
    """Send the request on standard input, and print the figures."""
    job = orjson.loads(sys.stdin.buffer.read())
    request = Request(job["path"], job["body"].encode(), job["headers"])
    clients = Clients(job["port"], GREEDY_CONNECTIONS, seconds)
    print("started", flush=True)
    asyncio.run(clients.send([request]))
    print(clients)


def compare(port: int, others: Sequence[Request], greedy: Request, seconds: float, pause: float) -> None:
    """Measure the others without and with the greedy tenant, and print the ratio."""
    alone, together = (Clients(port, CONNECTIONS, seconds, pause) for _ in range(2))
    asyncio.run(alone.send(others))
    with greedy_client(port, greedy, seconds + 3):
        asyncio.run(together.send(others))
    print(f"  others alone        {alone}")
    print(f"  others with greedy  {together}")
    print(f"  ratio of the p95    {together.percentile(95) / alone.percentile(95):.2f}", flush=True)


def main(*, short: bool) -> None:
    """Start the servers, and compare for each load."""
    contender, seconds = DefaultAllotment(), 1.0 if short else SECONDS
    with BenchDatabase(SCALE) as database, tempfile.TemporaryDirectory() as logs:
        port = free_port()
        process = ServerProcess(contender.command(), contender.environment(database, port), Path(logs) / "server.log")
        try:
            process.wait_until_ready(lambda: contender.is_ready(port, WORKLOADS["typename"], database.targets.read))
            tenants = [find_tenant(database.sql_client, slug) for slug in (GREEDY, *OTHERS)]
            headers = [contender.headers(port, tenant) for tenant in tenants]
            others = [contender.request(ORDINARY, *each) for each in zip(tenants[1:], headers[1:], strict=True)]
            greedy = contender.request(EXPENSIVE, tenants[0], headers[0])
            asyncio.run(Clients(port, CONNECTIONS, 2).send([*others, greedy]))  # warm-up
            for load, pause in PAUSES.items():
                for _ in range(1 if short else ROUNDS):
                    print(f"{load} load of the others")
                    compare(port, others, greedy, seconds, pause)
        finally:
            process.stop()


if __name__ == "__main__":
    if _GREEDY_CLIENT in sys.argv:
        run_greedy_client(float(sys.argv[-1]))
    else:
        main(short="--short" in sys.argv)
