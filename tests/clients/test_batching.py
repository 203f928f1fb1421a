"""Apollo's BatchHttpLink: results, errors and limits of batches."""

import json

import pytest

from tests.clients.conftest import MAKE_WORKSPACE, run_tool

pytestmark = pytest.mark.slow


def test_operations_are_sent_in_batches(make_node_workspace: MAKE_WORKSPACE, endpoint: tuple[str, str]) -> None:
    program = run_tool(make_node_workspace("batching"), "node", "main.mjs", *endpoint)
    assert program.returncode == 0, program.stderr
    created = {
        "task": {"title": "In a batch", "__typename": "Task"},
        "userErrors": [],
        "__typename": "CreateTaskPayload",
    }
    newest = {"nodes": [{"title": "In a batch", "__typename": "Task"}], "__typename": "TaskConnection"}
    assert json.loads(program.stdout) == {
        "mixed": [
            {"viewer": {"email": "admin@demo.test", "__typename": "User"}},
            {"createTask": created},
            ["BAD_USER_INPUT"],
            {"tasks": newest},
        ],
        "mixedRequests": [200],
        "total": [["COST_EXCEEDED"]] * 10,
        "totalRequests": [400],
        "many": 25,
        "manyRequests": [200, 200, 200],
    }
