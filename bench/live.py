"""Measures subscriptions: how long a change takes from its mutation to all subscribers, how many results a second
arrive, and the memory of a subscriber.

    python -m bench.live [--subscribers 1000] [--changes 50] [--short]

It starts its own PostgreSQL server, and the server of this checkout with one process. The subscribers are WebSockets of
one user, in this process. Times are from the sending of the mutation, and so include it; the time of the mutation alone
is printed beside them.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.contenders.allotment import Allotment
from bench.database import BenchDatabase
from bench.drivers.subscribers import Subscriber, open_subscribers, wait_for_results
from bench.requests import Request, send_request
from bench.server_process import ServerProcess
from bench.workloads import WORKLOADS
from tests.harness.postgres_server import free_port

SUBSCRIPTIONS = {
    "change only": "subscription { taskChanged { cursor action objectId } }",
    "with its object": "subscription { taskChanged { cursor action task { id title status version } } }",
}
CREATE = 'mutation { createTask(input: {title: "Dig"}) { task { id } userErrors { code } } }'
BULK = """mutation ($inputs: [CreateTaskInput!]!) {
  bulkCreateTasks(inputs: $inputs) { succeeded userErrors { code } }
}"""
BULK_SIZE = 20
SCALE = 0.05
SETTLE_SECONDS = 1.0


class LiveAllotment(Allotment):
    """The server without limits on the sockets of its one user."""

    def environment(self, database: BenchDatabase, port: int) -> Mapping[str, str]:
        limits = {"MAX_LIVE_CONNECTIONS_PER_CALLER": "1000000", "MAX_CONNECTIONS_PER_ADDRESS": "1000000"}
        return {**super().environment(database, port), **limits, "MAX_CONNECTIONS": "1000000"}


@dataclass
class Server:
    """The server that is measured, and the headers of a user."""

    process: ServerProcess
    port: int
    headers: Mapping[str, str]

    def mutate(self, query: str, **variables: object) -> None:
        """Send a mutation, and check that it succeeds."""
        request = Request.json_post("/graphql", {"query": query, "variables": variables}, self.headers)
        (payload,) = send_request(self.port, request).data.values()
        if payload["userErrors"]:
            raise RuntimeError(payload["userErrors"])


async def measure(server: Server, query: str, subscribers: int, changes: int) -> None:
    """Open subscribers, and print memory, latency and throughput."""
    before = server.process.memory
    opened = await open_subscribers(server.port, subscribers, server.headers, query)
    await asyncio.sleep(SETTLE_SECONDS)
    kilobytes = (server.process.memory - before) * 1024 / subscribers
    own, first, last = await _measure_latency(server, opened, changes)
    print(f"  memory              {kilobytes:8.1f} KiB for each subscriber")
    print(f"  mutation alone      p50 {_percentile(own, 50):8.1f} ms   p99 {_percentile(own, 99):8.1f} ms")
    print(f"  first subscriber    p50 {_percentile(first, 50):8.1f} ms   p99 {_percentile(first, 99):8.1f} ms")
    print(f"  last subscriber     p50 {_percentile(last, 50):8.1f} ms   p99 {_percentile(last, 99):8.1f} ms")
    rate = await _measure_rate(server, opened)
    print(
        f"  results             {rate:8.0f} per second to all subscribers, {rate / subscribers:.1f} changes", flush=True
    )
    for subscriber in opened:
        subscriber.close()


async def _measure_latency(
    server: Server, opened: Sequence[Subscriber], changes: int
) -> tuple[list[float], list[float], list[float]]:
    """Return the milliseconds of the mutations, and until the first and the last subscriber had each change."""
    own, first, last = [], [], []
    for _ in range(changes):
        expected = len(opened[0].received_at) + 1
        sent_at = time.perf_counter()
        await asyncio.to_thread(server.mutate, CREATE)
        own.append((time.perf_counter() - sent_at) * 1000)
        await wait_for_results(opened, expected)
        times = [subscriber.received_at[-1] - sent_at for subscriber in opened]
        first.append(min(times) * 1000)
        last.append(max(times) * 1000)
    return own, first, last


async def _measure_rate(server: Server, opened: Sequence[Subscriber]) -> float:
    expected = len(opened[0].received_at) + BULK_SIZE
    started_at = time.perf_counter()
    await asyncio.to_thread(server.mutate, BULK, inputs=[{"title": f"T{number}"} for number in range(BULK_SIZE)])
    await wait_for_results(opened, expected)
    return BULK_SIZE * len(opened) / (max(subscriber.received_at[-1] for subscriber in opened) - started_at)


def _percentile(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def main(subscribers: int, changes: int) -> None:
    """Start the servers, and measure each subscription."""
    contender = LiveAllotment()
    with BenchDatabase(SCALE) as database, tempfile.TemporaryDirectory() as logs:
        port, target = free_port(), database.targets.write
        process = ServerProcess(contender.command(), contender.environment(database, port), Path(logs) / "server.log")
        try:
            process.wait_until_ready(lambda: contender.is_ready(port, WORKLOADS["typename"], target))
            server = Server(process, port, contender.headers(port, target))
            for name, query in SUBSCRIPTIONS.items():
                print(f"{subscribers} subscribers, {changes} changes, {name}")
                asyncio.run(measure(server, query, subscribers, changes))
        finally:
            process.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--changes", type=int, default=50)
    parser.add_argument("--short", action="store_true", help="50 subscribers and 5 changes")
    options = parser.parse_args()
    main(*((50, 5) if options.short else (options.subscribers, options.changes)))
