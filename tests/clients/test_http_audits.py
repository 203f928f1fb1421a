"""The audits of the GraphQL over HTTP specification, from the package graphql-http."""

import pytest

from tests.clients.conftest import MAKE_WORKSPACE, run_tool

pytestmark = pytest.mark.slow
AUDITS = 61


def test_server_passes_all_audits(make_node_workspace: MAKE_WORKSPACE, demo_server: str) -> None:
    workspace = make_node_workspace("audits")
    result = run_tool(workspace, "node", "audit.mjs", f"{demo_server}/graphql")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert [line for line in lines if not line.startswith("ok ")] == []
    assert len(lines) == AUDITS
