"""What happens between the blocks of docs/operations.md: clients that follow the feed, damage, and its inspection."""

import asyncio
import os
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from tests.changes.follower import Follower, summarize
from tests.harness.postgres_server import PostgresPrograms
from tests.harness.processes import wait_until
from tests.operations.handbook import Shell
from tests.support import documents
from tests.support.change_feed import CHANGES
from tests.support.client import Client
from tests.support.private_app import open_app

PASSWORD = "Correct-horse-battery-1"
EMAIL = "ada@example.com"
TIMEOUT_SECONDS = 120
RECOVERY_TIME = "2026-11-29 12:00:00+00"
"""The time that the page recovers to."""
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }"
REFRESH = "mutation ($token: String!) { refreshSession(input: {refreshToken: $token}) { accessToken refreshToken } }"
TITLES = "{ tasks(first: 100) { nodes { title } } }"


class Scenario:
    """The state of the installation that the page describes."""

    def __init__(self, shell: Shell, folder: Path, programs: PostgresPrograms, port: int) -> None:
        self.shell = shell
        self._folder = folder
        self._programs = programs
        self._port = port
        self._server: subprocess.Popen[bytes] | None = None
        self._cursors: dict[str, tuple[str, int]] = {}
        self._tokens: dict[str, str] = {}
        self.tasks: list[str] = []
        """The titles of the tasks that must exist."""

    # Hooks of the page

    def start_server(self) -> None:
        """Start the server with the settings of the page, or restart it."""
        self.stop_server()
        with (self._folder / "server.log").open("ab") as log:
            command = self.shell.replace("cd /srv/allotment && exec .venv/bin/allotment serve")
            environment = os.environ | self.shell.environment
            self._server = subprocess.Popen(["bash", "-c", command], env=environment, stdout=log, stderr=log)
        wait_until(self._is_ready, TIMEOUT_SECONDS, "start of the server")

    def stop_server(self) -> None:
        """Stop the server, if it runs."""
        if self._server is not None:
            self._server.terminate()
            assert self._server.wait(TIMEOUT_SECONDS) == 0
            self._server = None

    def destroy_data(self) -> None:
        """Create tasks while a client follows, note the time, and delete them."""
        self.stop_server()
        self._with_client(self._follow_and_create)
        time.sleep(1.1)  # the target has whole seconds, and no commit of the tasks may be after it
        self.shell.replacements[RECOVERY_TIME] = time.strftime("%Y-%m-%d %H:%M:%S+00", time.gmtime())
        time.sleep(1.1)
        self._with_client(self._delete_tasks)

    def use_restored_cluster(self) -> None:
        """Wait until the cluster accepts writes."""
        query = "psql --tuples-only --no-align -c 'SELECT pg_is_in_recovery()'"
        wait_until(lambda: self.shell.run(query).strip() == "f", TIMEOUT_SECONDS, "end of the recovery")

    def change_data(self) -> None:
        """Create further tasks, while another client follows."""
        self._with_client(self._follow_and_create)

    def use_new_cluster(self) -> None:
        """Assert that the old cluster is not used any more."""
        assert "new" in self.shell.run("psql --tuples-only -c 'SHOW data_directory'")

    def followers_continue(self) -> None:
        """Assert that the tasks exist, and that clients receive what is missing and what comes, each once."""
        self._with_client(self._continue_following)

    def damage_tenant(self) -> None:
        """Delete all tasks of one tenant, and write to another."""
        self.shell.run(
            "cd /srv/allotment && .venv/bin/allotment create-tenant 'Oak Farm' --slug oak --owner ada@example.com"
        )
        self._with_client(self._delete_tasks)
        self._with_client(self._create_task, slug="oak")

    def tenant_is_restored(self) -> None:
        """Assert that the tenant has its tasks again, the other one too, and that old cursors have expired."""
        self._with_client(self._assert_restored)
        self._with_client(self._assert_untouched, slug="oak")

    def hold_token(self) -> None:
        """Sign in at a running server."""
        self.start_server()
        self._tokens = self._post(LOGIN, input={"email": EMAIL, "password": PASSWORD})["data"]["login"]

    def token_is_accepted(self) -> None:
        """Assert that the access token of the former secret is accepted, and that the session continues."""
        self.start_server()
        assert self._post("{ viewer { email } }", self._tokens["accessToken"])["data"]["viewer"]["email"] == EMAIL
        refreshed = self._post(REFRESH, token=self._tokens["refreshToken"])["data"]["refreshSession"]
        assert self._post("{ viewer { email } }", refreshed["accessToken"])["data"]["viewer"]["email"] == EMAIL
        self._tokens |= {"refreshToken": refreshed["refreshToken"]}

    def token_is_rejected_and_refreshed(self) -> None:
        """Assert that the new secret rejects the access token, and that the session continues."""
        self.start_server()
        token = self._tokens["accessToken"]
        assert self._post("{ viewer { email } }", token)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        refreshed = self._post(REFRESH, token=self._tokens["refreshToken"])["data"]["refreshSession"]["accessToken"]
        assert self._post("{ viewer { email } }", refreshed)["data"]["viewer"]["email"] == EMAIL

    # Helpers

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self._http_port}/ready", timeout=TIMEOUT_SECONDS).is_success
        except httpx.TransportError:
            assert self._server is not None
            assert self._server.poll() is None, (self._folder / "server.log").read_text()
            return False

    @property
    def _http_port(self) -> str:
        return self.shell.environment["PORT"]

    def _post(self, query: str, bearer: str = "", **variables: Any) -> Any:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        body = {"query": query, "variables": variables}
        url = f"http://127.0.0.1:{self._http_port}/graphql"
        return httpx.post(url, json=body, headers=headers, timeout=TIMEOUT_SECONDS).json()

    def _with_client(self, action: Callable[[Client], Awaitable[None]], slug: str = "beech") -> None:
        asyncio.run(self._run(action, slug))

    async def _run(self, action: Callable[[Client], Awaitable[None]], slug: str) -> None:
        """Run an action with a client of an application on the database, in this process."""
        password = "nT7-e0KxUu3RbLhz" if self._tokens else "l4-Wfv1cQz9YdTqk"
        async with open_app(f"postgresql://allotment:{password}@127.0.0.1:{self._port}/allotment") as (_, http):
            anonymous = Client(http)
            answer = await anonymous(LOGIN, input={"email": EMAIL, "password": PASSWORD})
            token = answer.data["login"]["accessToken"]
            await action(anonymous.with_headers(Authorization=f"Bearer {token}", **{"X-Tenant": slug}))

    async def _create_task(self, client: Client) -> None:
        await client(documents.create("Task"), input={"title": "Of the other tenant"})

    async def _follow_and_create(self, client: Client) -> None:
        """Take a cursor, create six tasks, of which the client receives two, and keep both cursors."""
        newest = (await client(CHANGES, first=1)).data["changes"]["newestCursor"]
        middle, first = Follower(client, newest, size=2), Follower(client, newest)
        for number in range(6):
            title = f"Task {len(self.tasks)}"
            self.tasks.append(title)
            payload = (await client(documents.create("Task"), input={"title": title})).payload("createTask")
            assert payload["task"]["title"] == title, number
        await first.follow_until(6)
        while len(middle.received) < 2:
            await middle.next_page()
        assert middle.cursor is not None
        assert first.cursor is not None
        self._cursors = {"middle": (middle.cursor, 4), "newest": (first.cursor, 0)}

    async def _delete_tasks(self, client: Client) -> None:
        nodes = (await client("{ tasks(first: 100) { nodes { id } } }")).data["tasks"]["nodes"]
        for node in nodes:
            (await client(documents.delete("Task"), id=node["id"])).payload("deleteTask")

    async def _continue_following(self, client: Client) -> None:
        nodes = (await client(TITLES)).data["tasks"]["nodes"]
        assert sorted(node["title"] for node in nodes) == sorted(self.tasks)
        title = f"Task {len(self.tasks)}"
        self.tasks.append(title)
        task = (await client(documents.create("Task"), input={"title": title})).payload("createTask")["task"]
        for cursor, lacking in self._cursors.values():
            follower = Follower(client, cursor)
            await follower.follow_until(lacking + 1)
            assert summarize(follower.received)[-1] == ("TASK", task["id"], "CREATED")

    async def _assert_restored(self, client: Client) -> None:
        nodes = (await client(TITLES)).data["tasks"]["nodes"]
        assert sorted(node["title"] for node in nodes) == sorted(self.tasks[:-1])  # the dump is older than the last
        for cursor, _ in self._cursors.values():
            assert (await Follower(client, cursor).request()).error_codes == ["CURSOR_EXPIRED"]

    async def _assert_untouched(self, client: Client) -> None:
        nodes = (await client(TITLES)).data["tasks"]["nodes"]
        assert [node["title"] for node in nodes] == ["Of the other tenant"]
