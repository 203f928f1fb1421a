"""Subscriptions and other operations as server-sent events (graphql-sse, distinct connections mode)."""

import json
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLError

from server.graphql.outcome import Outcome
from services.core.errors import Forbidden, RateLimited
from tests.streams.conftest import OpenApp, Subscribe
from tests.support.number_stream import NumberStream

pytestmark = pytest.mark.only("sqlite")

VIEWER = "{ viewer { email } }"
VIEWER_EVENTS = b'event: next\ndata: {"data":{"viewer":{"email":"member@here.test"}}}\n\nevent: complete\ndata:\n\n'


def number(value: int) -> dict[str, Any]:
    return {"data": {"numbers": value}}


async def test_results_follow_until_the_stream_is_complete(subscribe: Subscribe, stream: NumberStream) -> None:
    async with subscribe() as client:
        assert client.status == 200
        assert await client.read_body() == b":\n\n"
        for value in range(3):
            await stream.queue.put(value)
            body = f'event: next\ndata: {{"data":{{"numbers":{value}}}}}\n\n'
            assert await client.read_body() == body.encode()
        await stream.queue.put(None)
        assert await client.read_rest() == b"event: complete\ndata:\n\n"
        assert stream.closed.is_set()


async def test_headers(subscribe: Subscribe) -> None:
    encoding = {"Accept-Encoding": "gzip, zstd"}
    async with subscribe(**encoding, **{"X-Request-ID": "an-id", "Origin": "http://allotment.test"}) as client:
        headers = {
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-store",
            "x-accel-buffering": "no",
            "x-content-type-options": "nosniff",
            "x-request-id": "an-id",
        }
        assert {name: client.headers.get(name) for name in headers} == headers
        assert {"content-length", "content-encoding", "etag"}.isdisjoint(client.headers)


async def test_last_results_precede_the_completion(subscribe: Subscribe, stream: NumberStream) -> None:
    for value in (*range(100), None):
        await stream.queue.put(value)
    async with subscribe() as client:
        events = [await client.read_event() for _ in range(101)]
    assert events == [*map(number, range(100)), "complete"]


async def test_line_ends_in_values_are_escaped(subscribe: Subscribe, stream: NumberStream) -> None:
    await stream.queue.put("a\r\n\nevent: complete\u2028")
    async with subscribe() as client:
        assert await client.read_event() == {"data": {"numbers": "a\r\n\nevent: complete\u2028"}}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_query_has_one_event(subscribe: Subscribe, method: str) -> None:
    async with subscribe(VIEWER, method=method) as client:
        assert await client.read_rest() == VIEWER_EVENTS
        assert client.headers["content-length"] == str(len(VIEWER_EVENTS))
        assert "etag" not in client.headers


async def test_subscriptions_by_get(subscribe: Subscribe, stream: NumberStream) -> None:
    async with subscribe(method="GET") as client:
        await stream.queue.put(1)
        assert await client.read_event() == number(1)


async def test_mutations_are_executed_by_post_only(subscribe: Subscribe) -> None:
    mutation = 'mutation { createTeam(input: {name: "A"}) { team { name } } }'
    async with subscribe(mutation, method="GET") as client:
        assert (client.status, client.headers["allow"]) == (405, "POST")
    async with subscribe(mutation) as client:
        assert await client.read_event() == {"data": {"createTeam": {"team": {"name": "A"}}}}
        assert await client.read_event() == "complete"


@pytest.mark.parametrize("query", ["{", "{ unknown }", "subscription {"])
async def test_request_errors_are_events(subscribe: Subscribe, query: str) -> None:
    async with subscribe(query) as client:
        assert client.status == 200
        (error,) = (await client.read_event())["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT"}
        assert await client.read_event() == "complete"


async def test_malformed_requests_have_a_status(subscribe: Subscribe) -> None:
    for query, headers, status in (("", {}, 400), (VIEWER, {"Content-Type": "text/plain"}, 415)):
        async with subscribe(query, **headers) as client:
            assert (client.status, client.headers["content-type"]) == (status, "application/json; charset=utf-8")
            assert json.loads(await client.read_rest())["errors"]
    async with subscribe(VIEWER, method="HEAD") as client:
        assert client.status == 405


def refused(error: Exception) -> Outcome:
    return Outcome(ExecutionResult(None, [GraphQLError(str(error), original_error=error)]))


async def test_refused_subscription_is_an_event(subscribe: Subscribe, stream: NumberStream) -> None:
    stream.refusal = refused(Forbidden("Only admins."))
    async with subscribe() as client:
        assert (await client.read_event())["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert await client.read_event() == "complete"


async def test_what_to_send_again_has_a_status(subscribe: Subscribe, stream: NumberStream) -> None:
    stream.refusal = refused(RateLimited(7))
    async with subscribe() as client:
        assert (client.status, client.headers["retry-after"]) == (429, "7")
        assert json.loads(await client.read_rest())["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_error_ends_the_stream(subscribe: Subscribe, stream: NumberStream) -> None:
    await stream.queue.put(GraphQLError("The session has ended."))
    await stream.queue.put(1)
    async with subscribe() as client:
        (error,) = (await client.read_event())["errors"]
        assert error == {"message": "The session has ended.", "extensions": {"code": "BAD_USER_INPUT"}}
        assert await client.read_rest() == b"event: complete\ndata:\n\n"
        assert stream.closed.is_set()


async def test_exception_is_masked(
    subscribe: Subscribe, stream: NumberStream, caplog: pytest.LogCaptureFixture
) -> None:
    await stream.queue.put(ValueError("a detail"))
    async with subscribe(**{"X-Request-ID": "an-id"}) as client:
        (error,) = (await client.read_event())["errors"]
        assert error["extensions"] == {"code": "INTERNAL", "requestId": "an-id"}
        assert "detail" not in error["message"]
        assert await client.read_event() == "complete"
    assert "a detail" in caplog.text


async def test_heartbeats_between_results(open_app: OpenApp, subscribe: Subscribe, stream: NumberStream) -> None:
    async with open_app(stream_heartbeat_interval=0.1) as app, subscribe(app=app) as client:
        assert [await client.read_body() for _ in range(3)] == [b":\n\n"] * 3
        await stream.queue.put(1)
        assert await client.read_event() == number(1)
        assert await client.read_body() == b":\n\n"
