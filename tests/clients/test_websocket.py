"""graphql-ws, a client of graphql-transport-ws: results, errors, a lost connection, a rejected token."""

import json

import pytest

from tests.clients.conftest import MAKE_WORKSPACE, run_tool

pytestmark = pytest.mark.slow


def test_client_executes_operations_and_reconnects(
    make_node_workspace: MAKE_WORKSPACE, endpoint: tuple[str, str]
) -> None:
    program = run_tool(make_node_workspace("websocket"), "node", "main.mjs", *endpoint)
    assert program.returncode == 0, program.stderr
    viewer = {"data": {"viewer": {"email": "admin@demo.test"}}}
    created = {"data": {"createTask": {"task": {"title": "Over WebSocket"}, "userErrors": []}}}
    assert json.loads(program.stdout) == {
        "results": [viewer, created, ["BAD_USER_INPUT"], 20, viewer],
        "sockets": 2,
        "closed": [1006, 1000],
        "rejected": 4403,
    }
