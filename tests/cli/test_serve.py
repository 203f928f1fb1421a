"""`allotment serve`, in separate processes."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from itertools import takewhile
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.config.paths import PROJECT_ROOT
from server.seed.demo_users import DEMO_USERS, PASSWORD
from tests.harness.cluster import Cluster
from tests.harness.databases import database_name
from tests.support.command_line import command_runner
from tests.support.server_process import ServerProcess, build_command, build_environment
from tests.support.settings import PRODUCTION_SECRET_KEY

LOGIN = "mutation($input: LoginInput!) { login(input: $input) { accessToken userErrors { code } } }"

pytestmark = pytest.mark.slow


def execute(url: str, query: str, variables: Any = None, headers: dict[str, str] | None = None) -> Any:
    response = httpx.post(f"{url}/graphql", json={"query": query, "variables": variables}, headers=headers, timeout=30)
    body = response.json()
    assert "errors" not in body, body
    return body["data"]


def log_in(url: str) -> str:
    credentials = {"email": "owner@demo.test", "password": PASSWORD}
    payload = execute(url, LOGIN, {"input": credentials})["login"]
    assert payload["userErrors"] == []
    return str(payload["accessToken"])


def startup_error(database_url: str, *arguments: str, **variables: str) -> str:
    """Return the only line of output of a server that does not start."""
    process = subprocess.run(
        build_command("serve", *arguments), env=build_environment(database_url, **variables), cwd=PROJECT_ROOT,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (process.returncode, process.stdout) == (1, ""), process
    assert process.stderr.startswith("allotment: ")
    assert process.stderr.count("\n") == 1, process.stderr
    return process.stderr


def test_demo_is_served_and_stopped(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    with ServerProcess(tmp_path, url, "--demo") as server:
        token = log_in(server.url)
        headers = {"Authorization": f"Bearer {token}", "X-Tenant": "demo"}
        assert execute(server.url, "{ tasks { totalCount } }", headers=headers)["tasks"]["totalCount"] > 50
        assert "server" not in httpx.get(f"{server.url}/health").headers
        assert server.stop(signal.SIGINT) == 0
    assert "Traceback" not in server.output
    assert "Application shutdown complete" in server.output
    assert server.output.index("Application startup complete") < server.output.index("Listening on")
    assert all(email in server.output for email in DEMO_USERS)
    assert f"{server.url}/graphql" in server.output

    with ServerProcess(tmp_path, url, "--demo") as server:
        assert server.stop(signal.SIGTERM) == 0
    assert "Application shutdown complete" in server.output
    assert not re.search("Traceback|Migrated|Loaded", server.output)


def test_port_in_use_is_reported(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        output = startup_error(f"sqlite:///{tmp_path / 'a.db'}", "--demo", "--port", str(port))
    assert output.startswith(f"allotment: Port {port} of 127.0.0.1 is in use")
    assert not (tmp_path / "a.db").exists()


def test_unavailable_host_is_reported(tmp_path: Path) -> None:
    assert "cannot be bound" in startup_error(f"sqlite:///{tmp_path / 'a.db'}", "--host", "192.0.2.1")
    assert "HOST: no.such.invalid" in startup_error(f"sqlite:///{tmp_path / 'a.db'}", "--host", "no.such.invalid")


def test_unmigrated_database_is_reported(tmp_path: Path) -> None:
    output = startup_error(f"sqlite:///{tmp_path / 'empty.db'}", "--port", "0")
    assert output == "allotment: The database has no tables yet. Run `allotment migrate`, then start again.\n"


def test_unreachable_database_is_reported_without_its_password() -> None:
    output = startup_error("postgresql://ada:hunter2-hunter2@127.0.0.1:1/allotment", "--port", "0")
    assert "Connect call failed" in output
    assert "hunter2" not in output


def test_demo_is_rejected_in_production(tmp_path: Path) -> None:
    production = {"ALLOTMENT_ENV": "production", "SECRET_KEY": PRODUCTION_SECRET_KEY}
    output = startup_error(f"sqlite:///{tmp_path / 'a.db'}", "--demo", "--port", "0", **production)
    assert "The demo has users with published passwords" in output


def test_production_rejects_superuser_role(cluster: Cluster, database_url: str) -> None:
    url = cluster.superuser_dsn(database=database_name(database_url))
    output = startup_error(url, "--port", "0", ALLOTMENT_ENV="production", SECRET_KEY=PRODUCTION_SECRET_KEY)
    assert "row-level security does not bind it" in output


@pytest.fixture(scope="module")
def demo_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo data, which tests copy."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    for step in ("migrate", "seed"):
        assert command_runner(f"sqlite:///{path}")(step).exit_code == 0
    return path


@pytest.fixture
def demo_database_url(demo_database: Path, tmp_path: Path) -> str:
    """The URL of a database with the demo data."""
    return f"sqlite:///{shutil.copy(demo_database, tmp_path)}"


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_workers_serve_and_stop(demo_database_url: str, tmp_path: Path, signal_number: signal.Signals) -> None:
    with ServerProcess(tmp_path, demo_database_url, "--demo", "--workers", "2") as server:
        log_in(server.url)
        assert server.stop(signal_number) == 0
    assert "Traceback" not in server.output
    assert server.output.count("Finished server process") == 2
    startup_output, _, _ = server.output.partition("Listening on")
    assert startup_output.count("Application startup complete") == 2


@pytest.mark.parametrize("options", [["--workers", "2"], ["--reload"]])
def test_ctrl_c_during_start_stops_child_processes(demo_database_url: str, options: list[str]) -> None:
    with subprocess.Popen(
        build_command("serve", "--port", "0", *options), env=build_environment(demo_database_url), cwd=PROJECT_ROOT,
        start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        output = list(takewhile(lambda text: "Started" not in text, process.stdout))
        time.sleep(0.2)  # the child processes are importing modules
        os.killpg(process.pid, signal.SIGINT)  # as a terminal sends Ctrl-C
        output += process.communicate(timeout=30)[0]
    assert process.returncode == 0
    assert "Traceback" not in "".join(output)


@pytest.mark.parametrize(("trusted_proxies", "is_trusted"), [("", False), ("127.0.0.1", True), ("192.0.2.1", False)])
def test_only_trusted_proxies_set_client_address(
    tmp_path: Path, demo_database_url: str, trusted_proxies: str, *, is_trusted: bool
) -> None:
    with ServerProcess(tmp_path, demo_database_url, TRUSTED_PROXIES=trusted_proxies) as server:
        headers = {"X-Forwarded-For": "198.51.100.7"}
        credentials = {"email": "owner@demo.test", "password": PASSWORD}
        token = execute(server.url, LOGIN, {"input": credentials}, headers)["login"]["accessToken"]
        query = "{ viewer { sessions { nodes { address } } } }"
        viewer = execute(server.url, query, headers={"Authorization": f"Bearer {token}"})["viewer"]
    (session,) = viewer["sessions"]["nodes"]
    assert session["address"] == ("198.51.100.7" if is_trusted else "127.0.0.1")
