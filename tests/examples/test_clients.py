"""The example clients pass their scenarios against a running server."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.examples.conftest import Build, node_command
from tests.support.server_process import SECRET_KEY, ServerProcess

TIMEOUT_SECONDS = 100


@pytest.mark.slow
@pytest.mark.parametrize("client", ["urql", "apollo"])
def test_client_passes_its_scenarios(
    client: str, engine_name: str, database_url: str, tmp_path: Path, build_client: Build
) -> None:
    test_file = build_client(client, engine_name)
    with ServerProcess(tmp_path, database_url, "--demo") as server:
        result = subprocess.run(
            node_command("node", "--test", str(test_file)),
            env=os.environ | {"ALLOTMENT_URL": server.url, "ALLOTMENT_SECRET_KEY": SECRET_KEY},
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "three requests with an expired token refresh once" in result.stdout
