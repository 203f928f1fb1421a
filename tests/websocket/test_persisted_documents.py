"""Documents that are sent over WebSocket by their ids: registered ones, and Apollo's automatic persisted queries."""

from hashlib import sha256
from typing import Any

import pytest

from database.authentication import Credentials
from database.engine import Database
from services.core.persisted_documents import NewDocument, register
from services.core.use_case import run_use_case
from tests.support.app_fixture import AppFixture
from tests.support.configured_app import OpenApp
from tests.support.websocket_client import WebSocketClient, open_websocket

pytestmark = pytest.mark.only("sqlite")

QUERY = "query Me { viewer { email } }"
HASH = sha256(QUERY.encode()).hexdigest()
RESULT = {"data": {"viewer": {"email": "member@here.test"}}}
BY_HASH = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}}
NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"


async def register_query(database: Database) -> None:
    await run_use_case(database, Credentials(), lambda work: register(work, [NewDocument("me", QUERY)]))


async def execute(socket: WebSocketClient, payload: dict[str, Any]) -> Any:
    """Execute an operation; return its result, or the codes of its errors."""
    await socket.send({"id": "1", "type": "subscribe", "payload": payload})
    message = await socket.receive()
    if message["type"] == "error":
        return [error["extensions"]["code"] for error in message["payload"]]
    assert await socket.receive() == {"id": "1", "type": "complete"}
    return message["payload"]


async def test_registered_document_is_executed_by_its_id(member_socket: WebSocketClient, database: Database) -> None:
    await register_query(database)
    for document_id in ("me", HASH, f"sha256:{HASH}"):
        assert await execute(member_socket, {"documentId": document_id}) == RESULT
    assert await execute(member_socket, {"documentId": "unknown"}) == [NOT_FOUND]
    assert await execute(member_socket, {"documentId": "me", "query": QUERY}) == ["BAD_USER_INPUT"]


async def test_automatic_query_is_registered_by_its_text(member_socket: WebSocketClient) -> None:
    assert await execute(member_socket, BY_HASH) == [NOT_FOUND]
    assert await execute(member_socket, {**BY_HASH, "query": QUERY}) == RESULT
    assert await execute(member_socket, BY_HASH) == RESULT


async def test_required_documents(open_app: OpenApp, app_fixture: AppFixture, database: Database) -> None:
    await register_query(database)
    async with open_app(persisted="required") as app, open_websocket(app) as socket:
        await socket.initialize(**app_fixture.tenant.client().headers)
        for payload in ({"documentId": "me"}, {"query": QUERY}, BY_HASH):
            assert await execute(socket, payload) == RESULT
        for refused in ({"query": "{ __typename }"}, {"documentId": "unknown"}):
            assert await execute(socket, refused) == [NOT_FOUND]
