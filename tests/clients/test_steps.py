"""Each client runs a query, a mutation, an error, a subscription and a persisted document with a server.

tests/clients/test_relay.py and tests/clients/test_ariadne.py do so for clients that generate code.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import MAKE_WORKSPACE, register_documents, run_tool

pytestmark = pytest.mark.slow
TIMEOUT_SECONDS = "60"


def expected(client: str) -> dict[str, Any]:
    """Return what the program of a client prints."""
    return {
        "query": "admin@demo.test",
        "mutation": f"By {client}",
        "error": ["BAD_USER_INPUT"],
        "subscription": ["CREATED", f"By {client}"],
        "persisted": "admin@demo.test",
    }


@pytest.fixture(scope="session")
def registered(demo_server: str, demo_database: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The document that the programs send by its id, on a server that is running."""
    documents = {"query-me": "query Me { viewer { email } }"}
    register_documents(demo_database, tmp_path_factory.mktemp("documents"), documents)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("client", ["apollo", "urql", "graphql-ws", "graphql-sse"])
def test_steps_in_javascript(client: str, make_node_workspace: MAKE_WORKSPACE, endpoint: tuple[str, str]) -> None:
    workspace = make_node_workspace("steps")
    program = run_tool(workspace, "timeout", TIMEOUT_SECONDS, "node", f"{client}.mjs", *endpoint, client)
    assert program.returncode == 0, program.stdout + program.stderr
    assert json.loads(program.stdout) == expected(client)


@pytest.mark.usefixtures("registered")
def test_steps_with_gql(endpoint: tuple[str, str]) -> None:
    script = Path(__file__).parent / "steps" / "gql_client.py"
    command = ["timeout", TIMEOUT_SECONDS, sys.executable, str(script), *endpoint, "gql"]
    program = subprocess.run(command, capture_output=True, text=True, check=False)
    assert program.returncode == 0, program.stderr
    assert json.loads(program.stdout) == expected("gql")
