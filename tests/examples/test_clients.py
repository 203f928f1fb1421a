"""The example clients pass their scenarios against a running server."""

from pathlib import Path

import pytest

from tests.examples.conftest import EXAMPLES, Build
from tests.support.node import run_node
from tests.support.server_process import SECRET_KEY, ServerProcess

TIMEOUT_SECONDS = 100


@pytest.mark.slow
@pytest.mark.only("sqlite")  # clients do not see the database
@pytest.mark.parametrize("client", ["urql", "apollo"])
def test_client_passes_its_scenarios(
    client: str, engine_name: str, database_url: str, tmp_path: Path, build_client: Build
) -> None:
    test_file = build_client(client, engine_name)
    with ServerProcess(tmp_path, database_url, "--demo") as server:
        settings = (f"ALLOTMENT_URL={server.url}", f"ALLOTMENT_SECRET_KEY={SECRET_KEY}")
        command = ("env", *settings, "timeout", str(TIMEOUT_SECONDS), "node", "--test", str(test_file))
        result = run_node(EXAMPLES / client, EXAMPLES / client, *command)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "three requests with an expired token refresh once" in result.stdout
