"""Folders in which the tools of clients run, with their npm packages, the schema and a server."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from server.config.paths import PROJECT_ROOT
from tests.support.node import install_packages, run_node
from tests.support.server_process import build_command, build_environment

HERE = Path(__file__).parent
MAKE_WORKSPACE = Callable[[str], Path]


def run_tool(workspace: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the npm packages in the workspace."""
    return run_node(HERE, workspace, *command)


def register_documents(database_url: str, folder: Path, documents: dict[str, str]) -> None:
    """Register persisted documents by their ids, as the operator of the server does."""
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(documents), encoding="utf-8")
    command = build_command("persist", str(manifest))
    environment = build_environment(database_url)
    subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=True)


@pytest.fixture(scope="session")
def npm_packages() -> Path:
    """The folder of the installed npm packages."""
    install_packages(HERE)
    return HERE / "node_modules"


@pytest.fixture
def make_workspace(tmp_path: Path) -> MAKE_WORKSPACE:
    """A function that copies a folder of tests/clients and schema.graphql to a temporary one."""

    def make(name: str) -> Path:
        workspace = tmp_path / name
        shutil.copytree(HERE / name, workspace)
        shutil.copy(PROJECT_ROOT / "schema.graphql", workspace)
        return workspace

    return make


@pytest.fixture
def make_node_workspace(make_workspace: MAKE_WORKSPACE, npm_packages: Path) -> MAKE_WORKSPACE:
    """As `make_workspace`, with the npm packages."""

    def make(name: str) -> Path:
        workspace = make_workspace(name)
        (workspace / "node_modules").symlink_to(npm_packages)
        return workspace

    return make


@pytest.fixture
def endpoint(demo_server: str) -> tuple[str, str]:
    """The URL of the endpoint of a server with the demo data, and the access token of an admin."""
    document = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
    variables = {"input": {"email": "admin@demo.test", "password": "Allotment-demo-1!"}}
    url = f"{demo_server}/graphql"
    response = httpx.post(url, json={"query": document, "variables": variables}, timeout=60)
    return url, response.json()["data"]["login"]["accessToken"]
