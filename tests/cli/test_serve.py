"""`allotment serve`, in processes of its own."""

import os
import re
import signal
import socket
import subprocess
import time
from itertools import takewhile
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.checkout import CHECKOUT
from server.seed.demo import MEMBERS, PASSWORD
from tests.harness.cluster import Cluster
from tests.harness.databases import database_of
from tests.support.command_line import on
from tests.support.server_process import ServerProcess, command, environment

LOGIN = "mutation($input: LoginInput!) { login(input: $input) { accessToken userErrors { code } } }"
SAFE_SECRET = "0q9w8e7rtyuio3pas5dfghj2klzxcvbnm"


def ask(url: str, query: str, variables: Any = None, headers: dict[str, str] | None = None) -> Any:
    answer = httpx.post(f"{url}/graphql", json={"query": query, "variables": variables}, headers=headers, timeout=30)
    body = answer.json()
    assert "errors" not in body, body
    return body["data"]


def sign_in(url: str) -> str:
    credentials = {"email": "owner@demo.test", "password": PASSWORD}
    payload = ask(url, LOGIN, {"input": credentials})["login"]
    assert payload["userErrors"] == []
    return str(payload["accessToken"])


def refusal(database_url: str, *arguments: str, **more: str) -> str:
    """The one line with which a server does not start."""
    done = subprocess.run(
        command("serve", *arguments), env=environment(database_url, **more), cwd=CHECKOUT,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, ""), done
    assert done.stderr.startswith("allotment: ")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_from_nothing_to_signed_in_to_stopped(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    with ServerProcess(tmp_path, url, "--demo") as server:
        token = sign_in(server.url)
        headers = {"Authorization": f"Bearer {token}", "X-Tenant": "demo"}
        assert ask(server.url, "{ tasks { totalCount } }", headers=headers)["tasks"]["totalCount"] > 50
        assert "server" not in httpx.get(f"{server.url}/health").headers
        assert server.stop(signal.SIGINT) == 0
    assert "Traceback" not in server.output
    assert "Application shutdown complete" in server.output
    assert all(email in server.output for email in MEMBERS)
    assert f"{server.url}/graphql" in server.output

    with ServerProcess(tmp_path, url, "--demo") as server:
        assert server.stop(signal.SIGTERM) == -signal.SIGTERM  # as the signal would have it, but in good order
    assert "Application shutdown complete" in server.output
    assert not re.search("Traceback|Migrated|Loaded", server.output)


def test_the_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(f"sqlite:///{tmp_path / 'a.db'}", "--demo", "--port", str(port))
    assert said.startswith(f"allotment: Port {port} of 127.0.0.1 is taken")
    assert not (tmp_path / "a.db").exists()


def test_a_host_that_is_not_ours(tmp_path: Path) -> None:
    assert "cannot be listened on" in refusal(f"sqlite:///{tmp_path / 'a.db'}", "--host", "192.0.2.1")
    assert "HOST: no.such.invalid" in refusal(f"sqlite:///{tmp_path / 'a.db'}", "--host", "no.such.invalid")


def test_the_database_is_behind(tmp_path: Path) -> None:
    said = refusal(f"sqlite:///{tmp_path / 'empty.db'}", "--port", "0")
    assert said == "allotment: The database has no tables yet. Run `allotment migrate`, then start again.\n"


def test_the_database_is_not_there() -> None:
    said = refusal("postgresql://ada:hunter2-hunter2@127.0.0.1:1/garden", "--port", "0")
    assert "Connect call failed" in said
    assert "hunter2" not in said


def test_the_demo_stays_out_of_production(tmp_path: Path) -> None:
    production = {"ALLOTMENT_ENV": "production", "SECRET_KEY": SAFE_SECRET}
    said = refusal(f"sqlite:///{tmp_path / 'a.db'}", "--demo", "--port", "0", **production)
    assert "The demo has users whose password everybody knows" in said


def test_production_refuses_a_superuser_in_a_line(cluster: Cluster, database_url: str) -> None:
    url = cluster.superuser_dsn(database=database_of(database_url))
    said = refusal(url, "--port", "0", ALLOTMENT_ENV="production", SECRET_KEY=SAFE_SECRET)
    assert "row-level security does not bind it" in said


@pytest.fixture
def demo_url(tmp_path: Path) -> str:
    """A database with the demo in it."""
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    for step in ("migrate", "seed"):
        assert on(url)(step).exit_code == 0
    return url


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_several_workers_serve_and_stop(database_url: str, tmp_path: Path, number: signal.Signals) -> None:
    with ServerProcess(tmp_path, database_url, "--demo", "--workers", "2") as server:
        sign_in(server.url)
        assert server.stop(number) == 0
    assert "Traceback" not in server.output
    assert server.output.count("Finished server process") == 2


@pytest.mark.slow
@pytest.mark.parametrize("more", [["--workers", "2"], ["--reload"]])
def test_ctrl_c_while_the_processes_are_loading(demo_url: str, more: list[str]) -> None:
    with subprocess.Popen(
        command("serve", "--port", "0", *more), env=environment(demo_url), cwd=CHECKOUT, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as loading:  # fmt: skip
        assert loading.stdout is not None
        said = list(takewhile(lambda line: "Started" not in line, loading.stdout))
        time.sleep(0.2)  # now the children import what they need
        os.killpg(loading.pid, signal.SIGINT)  # as a terminal does
        said += loading.communicate(timeout=30)[0]
    assert loading.returncode == 0
    assert "Traceback" not in "".join(said)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    ("trusted", "believed"),
    [
        pytest.param("", False, marks=pytest.mark.slow),
        ("127.0.0.1", True),
        pytest.param("192.0.2.1", False, marks=pytest.mark.slow),
    ],
)
def test_only_a_proxy_that_is_trusted_says_where_callers_are(tmp_path: Path, trusted: str, believed: bool) -> None:  # noqa: FBT001
    with ServerProcess(tmp_path, f"sqlite:///{tmp_path / 'a.db'}", "--demo", TRUSTED_PROXIES=trusted) as server:
        forwarded = {"X-Forwarded-For": "198.51.100.7"}
        credentials = {"email": "owner@demo.test", "password": PASSWORD}
        token = ask(server.url, LOGIN, {"input": credentials}, forwarded)["login"]["accessToken"]
        seen = "{ viewer { sessions { nodes { address } } } }"
        (session,) = ask(server.url, seen, headers={"Authorization": f"Bearer {token}"})["viewer"]["sessions"]["nodes"]
    assert session["address"] == ("198.51.100.7" if believed else "127.0.0.1")
