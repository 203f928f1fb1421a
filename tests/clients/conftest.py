"""Folders in which the tools of clients run, with their npm packages, the schema and a server."""

import fcntl
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from server.config.paths import PROJECT_ROOT

pytest_plugins = ["tests.support.demo_server"]

HERE = Path(__file__).parent
VENV = Path(sys.prefix)
WITH_NODE = PROJECT_ROOT / "console" / "with-node"
MAKE_WORKSPACE = Callable[[str], Path]


@contextmanager
def installation_lock() -> Iterator[None]:
    """Let one test process at a time install packages."""
    with (VENV / "client-tools.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_node(workspace: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the workspace; Node and the npm packages are installed if they are missing."""
    in_workspace = ("sh", "-c", 'cd "$0" && exec "$@"', str(workspace), *command)
    return subprocess.run(
        [str(WITH_NODE), str(VENV), str(HERE), *in_workspace], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="session")
def npm_packages() -> Path:
    """The folder of the installed npm packages."""
    with installation_lock():
        installed = run_node(HERE, "node", "--version")
    assert installed.returncode == 0, installed.stderr
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
