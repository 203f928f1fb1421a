"""Clients of subscriptions: graphql-sse, urql and Apollo Client over HTTP, and graphql-ws over WebSocket.

They receive each change once, although their server is killed and stopped meanwhile.
"""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.seed.demo_users import PASSWORD
from tests.clients.conftest import HERE, MAKE_WORKSPACE
from tests.harness.processes import wait_until
from tests.support.node import build_node_command
from tests.support.proxies import free_port
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.slow

TIMEOUT_SECONDS = 60
CLIENTS = ("graphql-sse", "urql", "apollo", "graphql-ws")
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
CREATE = "mutation ($title: String!) { createTask(input: {title: $title}) { task { id } } }"
NEWEST_CURSOR = "{ changes(first: 1) { newestCursor } }"


class Program:
    """A program that follows changes."""

    def __init__(self, folder: Path, client: str, *arguments: str) -> None:
        self._output = folder / f"{client}.log"
        command = build_node_command(HERE, folder, "node", f"{client}.mjs", *arguments)
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output)

    @property
    def lines(self) -> list[str]:
        return self._output.read_text(encoding="utf-8").splitlines()


class Account:
    """An admin of the demo, who sends requests to the server on this port."""

    def __init__(self, url: str) -> None:
        self.url = f"{url}/graphql"
        self._headers: dict[str, str] = {}
        self.token = self.execute(LOGIN, input={"email": "admin@demo.test", "password": PASSWORD})["login"][
            "accessToken"
        ]
        self._headers = {"Authorization": f"Bearer {self.token}", "X-Tenant": "demo"}

    def execute(self, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        return httpx.post(self.url, json=body, headers=self._headers, timeout=TIMEOUT_SECONDS).json()["data"]


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[list[Program]]:
    """Run the program of each client."""
    with ExitStack() as stack:
        programs = [Program(folder, client, *arguments) for client in CLIENTS]
        for program in programs:
            stack.callback(program.process.wait)
            stack.callback(program.process.kill)
        yield programs


def wait_for_line(programs: list[Program], line: str) -> None:
    wait_until(lambda: all(line in program.lines for program in programs), TIMEOUT_SECONDS, line)


def test_clients_receive_each_change_once(make_node_workspace: MAKE_WORKSPACE, tmp_path: Path) -> None:
    folder = make_node_workspace("streams")
    port = str(free_port())

    def build_server() -> ServerProcess:
        return ServerProcess(tmp_path, f"sqlite:///{tmp_path / 'demo.db'}", "--demo", "--port", port)

    with ExitStack() as stack:
        with build_server() as server:
            account = Account(server.url)
            cursor = account.execute(NEWEST_CURSOR)["changes"]["newestCursor"]
            with running(folder, account.url, "invalid", cursor) as rejected:
                assert [program.process.wait(TIMEOUT_SECONDS) for program in rejected] == [1] * len(CLIENTS)
            assert [program.lines for program in rejected] == [["UNAUTHENTICATED"]] * len(CLIENTS)
            programs = stack.enter_context(running(folder, account.url, account.token, cursor, "3"))
            account.execute(CREATE, title="One")
            wait_for_line(programs, "CREATED One")
            server.stop(signal.SIGKILL)
        with build_server() as server:
            account.execute(CREATE, title="Two")
            wait_for_line(programs, "CREATED Two")
            assert server.stop(signal.SIGTERM) == 0
        with build_server():
            account.execute(CREATE, title="Three")
            assert [program.process.wait(TIMEOUT_SECONDS) for program in programs] == [0] * len(CLIENTS)
    assert [program.lines for program in programs] == [["CREATED One", "CREATED Two", "CREATED Three"]] * len(CLIENTS)
