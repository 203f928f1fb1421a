"""Subscriptions as parts of a multipart response (Apollo's protocol)."""

from typing import Any

import pytest
from graphql import GraphQLError

from tests.streams.conftest import OpenApp, Subscribe
from tests.support.number_stream import NumberStream
from tests.support.stream_client import MULTIPART

pytestmark = pytest.mark.only("sqlite")

HEARTBEAT = b"\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql"


def part(value: int) -> dict[str, Any]:
    return {"payload": {"data": {"numbers": value}}}


async def test_parts_follow_until_the_stream_is_complete(subscribe: Subscribe, stream: NumberStream) -> None:
    async with subscribe(accept=MULTIPART) as client:
        assert client.headers["content-type"] == "multipart/mixed;boundary=graphql;subscriptionSpec=1.0"
        assert await client.read_body() == b"\r\n--graphql" + HEARTBEAT
        await stream.queue.put(5)
        content = b'{"payload":{"data":{"numbers":5}}}'
        assert await client.read_body() == HEARTBEAT.replace(b"{}", content)  # the boundary follows at once
        await stream.queue.put(None)
        assert await client.read_rest() == b"--\r\n"
        assert stream.closed.is_set()


async def test_query_has_one_part(subscribe: Subscribe) -> None:
    async with subscribe("{ __typename }", MULTIPART) as client:
        assert await client.read_part() == {"payload": {"data": {"__typename": "Query"}}}
        assert await client.read_rest() == b"--\r\n"


async def test_errors_end_the_stream(subscribe: Subscribe, stream: NumberStream) -> None:
    await stream.queue.put(1)
    await stream.queue.put(GraphQLError("The session has ended."))
    async with subscribe(accept=MULTIPART) as client:
        assert await client.read_part() == part(1)
        error = {"message": "The session has ended.", "extensions": {"code": "BAD_USER_INPUT"}}
        assert await client.read_part() == {"payload": None, "errors": [error]}
        assert await client.read_rest() == b"--\r\n"


async def test_request_errors_are_json_for_clients_that_accept_it(subscribe: Subscribe) -> None:
    async with subscribe("subscription {", f"{MULTIPART}, application/graphql-response+json") as client:
        assert (client.status, client.headers["content-type"][:33]) == (400, "application/graphql-response+json")
    async with subscribe("subscription {", MULTIPART) as client:
        assert client.status == 200
        body = await client.read_part()
        assert (body["payload"], body["errors"][0]["extensions"]) == (None, {"code": "BAD_USER_INPUT"})


async def test_heartbeats_between_parts(open_app: OpenApp, subscribe: Subscribe, stream: NumberStream) -> None:
    async with open_app(stream_heartbeat_interval=0.1) as app, subscribe(accept=MULTIPART, app=app) as client:
        assert [await client.read_body() for _ in range(2)] == [b"\r\n--graphql" + HEARTBEAT, HEARTBEAT]
        await stream.queue.put(1)
        assert await client.read_part() == part(1)
