"""The messages of graphql-transport-ws, and the codes with which sockets are closed."""

import json
from typing import Any
from unittest.mock import AsyncMock

import pytest
from fastapi import FastAPI

from server.http.overloaded import Overloaded
from server.http.request_turns import RequestTurns
from server.websocket.close import MAX_REASON_BYTES
from tests.support.app_fixture import AppFixture
from tests.support.configured_app import OpenApp
from tests.support.websocket_client import WebSocketClient, open_handshake, open_websocket

pytestmark = pytest.mark.only("sqlite")

TYPENAME = "{ __typename }"
INVALID_MESSAGES: list[Any] = [
    *("", "x", "null", "1", "[]", '"x"', "{}", '{"type": 1}', '{"type": "next"}', '{"type": "\\ud800"}'),
    *('{"type": "ping", "payload": 1}', '{"type": "connection_init", "payload": []}', '{"type": "ping", "type": "x"}'),
    *('{"type": "complete"}', '{"type": "complete", "id": ""}', '{"type": "complete", "id": {}}', "[" * 100_000),
    *('{"type": "subscribe", "id": "1"}', '{"type": "subscribe", "id": "1", "payload": {"query": 1}}'),
    *('{"type": "subscribe", "id": 1, "payload": {"query": "{a}"}}', '{"type": "' + "ä" * 200 + '"}'),
    '{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "variables": []}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "operationName": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "extensions": "x"}}',
]
INVALID_DOCUMENTS = [
    *("{", "{ unknown }", " ", "query A { __typename } query B { __typename }", "{ " * 5000, "subscription { a }"),
]


async def test_query_gives_next_and_complete(app: FastAPI) -> None:
    async with open_websocket(app) as socket:
        await socket.initialize()
        assert await socket.execute(TYPENAME) == {"data": {"__typename": "Query"}}
        assert await socket.execute(TYPENAME) == {"data": {"__typename": "Query"}}  # the id is free again


async def test_ping_is_answered_before_and_after_init(app: FastAPI) -> None:
    async with open_websocket(app) as socket:
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
        await socket.initialize()
        await socket.send({"type": "pong", "payload": {}})
        await socket.send({"type": "ping", "payload": {"time": 1}})
        assert await socket.receive() == {"type": "pong", "payload": {"time": 1}}


@pytest.mark.parametrize("subprotocols", [[], ["graphql-ws"], ["GRAPHQL-TRANSPORT-WS"]])
async def test_other_subprotocols_are_not_accepted(app: FastAPI, subprotocols: list[str]) -> None:
    async with open_handshake(app, subprotocols) as socket:
        accepted = await socket.receive_message()
        assert (accepted["type"], accepted.get("subprotocol")) == ("websocket.accept", None)
        assert await socket.receive_close() == (4406, "Subprotocol not acceptable")


async def test_subprotocol_is_found_among_others(app: FastAPI) -> None:
    async with open_websocket(app, subprotocols=["graphql-ws", "graphql-transport-ws"]) as socket:
        await socket.initialize()


async def test_invalid_message_closes_with_reason(app: FastAPI) -> None:
    for text in INVALID_MESSAGES:
        async with open_websocket(app) as socket:
            await socket.initialize()
            await socket.send_text(text)
            code, reason = await socket.receive_close()
            assert code == 4400, text
            assert reason.startswith("Invalid message: ")
            assert len(reason.encode()) <= MAX_REASON_BYTES


async def test_binary_message_is_invalid(app: FastAPI) -> None:
    async with open_websocket(app) as socket:
        await socket.to_app.put({"type": "websocket.receive", "bytes": json.dumps({"type": "ping"}).encode()})
        assert await socket.receive_close() == (4400, "Invalid message: send text, not binary data.")


async def test_subscribe_before_init_is_unauthorized(app: FastAPI) -> None:
    async with open_websocket(app) as socket:
        await socket.subscribe(TYPENAME)
        assert await socket.receive_close() == (4401, "Unauthorized")


async def test_second_init_closes(app: FastAPI) -> None:
    async with open_websocket(app) as socket:
        await socket.initialize()
        await socket.send({"type": "connection_init"})
        assert await socket.receive_close() == (4429, "Too many initialisation requests")


async def test_missing_init_closes(open_app: OpenApp) -> None:
    async with open_app(websocket_init_timeout=0.1) as app, open_websocket(app) as socket:
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}
        assert await socket.receive_close() == (4408, "Connection initialisation timeout")


async def test_idle_socket_closes(open_app: OpenApp) -> None:
    async with open_app(websocket_idle_timeout=0.1) as app, open_websocket(app) as socket:
        await socket.initialize()
        assert await socket.execute(TYPENAME) == {"data": {"__typename": "Query"}}
        assert await socket.receive_close() == (1000, "Idle for 0.1 seconds (WEBSOCKET_IDLE_TIMEOUT)")


async def test_error_before_execution_ends_only_the_operation(member_socket: WebSocketClient) -> None:
    for payload in [*({"query": query} for query in INVALID_DOCUMENTS), {}, {"query": None}, {"documentId": 1}]:
        await member_socket.send({"id": "1", "type": "subscribe", "payload": payload})
        assert await member_socket.receive_errors() == ["BAD_USER_INPUT"], payload
    assert await member_socket.execute(TYPENAME) == {"data": {"__typename": "Query"}}


async def test_access_log_has_the_status_of_each_operation(
    member_socket: WebSocketClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("INFO", "allotment.access")
    await member_socket.execute(TYPENAME)
    for payload in ({"query": "{ unknown }"}, {"query": " "}):
        await member_socket.send({"id": "1", "type": "subscribe", "payload": payload})
        assert await member_socket.receive_errors() == ["BAD_USER_INPUT"]
    for error in (Overloaded("no place"), ValueError()):
        monkeypatch.setattr(RequestTurns, "run", AsyncMock(side_effect=error))
        await member_socket.subscribe(TYPENAME)
        await member_socket.receive_errors()
    await member_socket.send({"type": "ping"})
    await member_socket.receive()
    lines = [record.getMessage().split()[:3] for record in caplog.records if record.name == "allotment.access"]
    assert lines == [["SUBSCRIBE", "/graphql", status] for status in ("200", "400", "400", "503", "500")]


async def test_error_of_a_field_is_part_of_the_result(app: FastAPI) -> None:
    async with open_websocket(app) as socket:
        await socket.initialize()
        result = await socket.execute("{ viewer { id } }")
        assert [error["extensions"]["code"] for error in result["errors"]] == ["UNAUTHENTICATED"]
        assert "data" in result


async def test_unknown_operation_is_completed_without_effect(member_socket: WebSocketClient) -> None:
    await member_socket.send({"type": "complete", "id": "unknown"})
    assert await member_socket.execute(TYPENAME) == {"data": {"__typename": "Query"}}


async def test_variables_and_operation_name(member_socket: WebSocketClient) -> None:
    query = "query A { a: __typename } query B($include: Boolean!) { b: __typename @include(if: $include) }"
    result = await member_socket.execute(query, operationName="B", variables={"include": True})
    assert result == {"data": {"b": "Query"}}


async def test_shutdown_closes_an_idle_socket(app: FastAPI, app_fixture: AppFixture) -> None:
    async with open_websocket(app) as socket:
        await socket.initialize(**app_fixture.tenant.client().headers)
        await socket.to_app.put({"type": "websocket.shutdown", "seconds": 10})
        assert await socket.receive_close() == (1001, "The server is shutting down")
