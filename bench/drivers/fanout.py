"""The driver of subscriptions: it counts the results that subscribers receive while tasks are created one by one."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from bench.drivers.sample import Sample
from bench.drivers.subscribers import open_subscribers, wait_for_results
from bench.requests import Request, Response, send_request

SETTLE_SECONDS = 1.0
"""How long the server may take to open the subscriptions after it has acknowledged the connections."""


class FanoutDriver:
    """Sends the request again as soon as all subscribers have the result of the previous one.

    In its sample, the responses are the results of all subscribers, and the times last from the sending of a request
    until the last subscriber has its result."""

    name = "subscribers"

    def __init__(self, subscribers: int, subscription: str, headers: Mapping[str, str]) -> None:
        self._subscribers = subscribers
        self._subscription = subscription
        self._headers = headers

    def drive(self, port: int, request: Request, connections: int, seconds: int) -> Sample:  # noqa: ARG002 -- one
        return asyncio.run(self._drive(port, request, seconds))

    async def _drive(self, port: int, request: Request, seconds: int) -> Sample:
        opened = await open_subscribers(port, self._subscribers, self._headers, self._subscription)
        await asyncio.sleep(SETTLE_SECONDS)
        responses: list[Response] = []
        times: list[float] = []
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            sent_at, count = time.perf_counter(), len(opened[0].received_at)
            responses.append(await asyncio.to_thread(send_request, port, request))
            await wait_for_results(opened, count + 1)
            times.append(max(subscriber.received_at[-1] for subscriber in opened) - sent_at)
        elapsed = time.perf_counter() - start
        for subscriber in opened:
            subscriber.close()
        return self._build_sample(responses, sorted(times), elapsed)

    def _build_sample(self, responses: Sequence[Response], times: Sequence[float], elapsed: float) -> Sample:
        results = len(responses) * self._subscribers
        return Sample(
            responses=results,
            per_second=results / elapsed,
            p50=times[len(times) // 2] * 1000,
            p99=times[len(times) * 99 // 100] * 1000,
            failures=sum(response.error is not None for response in responses),
            bytes_per_response=sum(response.size for response in responses) / len(responses),
        )
