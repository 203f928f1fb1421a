"""examples/script.py passes strict mypy, and works with a running server."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.config.paths import PROJECT_ROOT
from server.seed.demo_users import PASSWORD
from tests.harness.processes import wait_until
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.slow
SCRIPT = PROJECT_ROOT / "examples" / "script.py"
TIMEOUT_SECONDS = 60
LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
CREATE = "mutation ($title: String!) { createTask(input: {title: $title}) { task { id } } }"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with the demo data."""
    folder = tmp_path_factory.mktemp("script")
    with ServerProcess(folder, f"sqlite:///{folder / 'demo.db'}", "--demo") as running:
        yield running


def environment(server: ServerProcess, **variables: str) -> dict[str, str]:
    """Return the environment of the script."""
    user = {"ALLOTMENT_EMAIL": "member@demo.test", "ALLOTMENT_PASSWORD": PASSWORD, "ALLOTMENT_TENANT": "demo"}
    return os.environ | user | {"ALLOTMENT_URL": f"{server.url}/graphql", "ALLOTMENT_POLL_SECONDS": "0.1"} | variables


def run(server: ServerProcess, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the script to its end."""
    command, env = [sys.executable, str(SCRIPT), *arguments], environment(server, **variables)
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)


def create_task(server: ServerProcess, title: str) -> None:
    """Create a task as another client."""

    def post(query: str, token: str, **variables: Any) -> Any:
        headers = {"X-Tenant": "demo"} | ({"Authorization": f"Bearer {token}"} if token else {})
        body = {"query": query, "variables": variables}
        return httpx.post(f"{server.url}/graphql", json=body, headers=headers, timeout=TIMEOUT_SECONDS).json()["data"]

    login = post(LOGIN, "", input={"email": "admin@demo.test", "password": PASSWORD})["login"]
    assert post(CREATE, login["accessToken"], title=title)["createTask"]["task"]["id"]


def exported_titles(server: ServerProcess) -> list[str]:
    exported = run(server, "export")
    assert exported.returncode == 0, exported.stderr
    return [row["title"] for row in csv.DictReader(io.StringIO(exported.stdout))]


def test_types() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(SCRIPT)]
    checked = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert checked.stdout == ""


def test_import_is_performed_once_and_export_reads_all_pages(server: ServerProcess, tmp_path: Path) -> None:
    before = len(exported_titles(server))
    file = tmp_path / "tasks.csv"
    titles = [f"Imported {number}, “quoted”" for number in range(1001)]
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["title", "priority"])
        writer.writerows([[title, "HIGH"] for title in [*titles, "x" * 300]])
    for _ in range(2):
        imported = run(server, "import", str(file))
        assert imported.stdout == "1001 of 1002 rows are tasks.\n"
        assert imported.stderr == "Row 1002: Must have at most 200 characters.\n"
    assert exported_titles(server)[:1001] == titles[::-1]
    assert len(exported_titles(server)) == before + 1001


def test_changes_are_printed_once_across_restarts(server: ServerProcess, tmp_path: Path) -> None:
    cursor, output = tmp_path / "cursor.txt", tmp_path / "output.txt"

    def start() -> subprocess.Popen[bytes]:
        with output.open("ab") as file:
            command = [sys.executable, str(SCRIPT), "follow", str(cursor)]
            return subprocess.Popen(command, env=environment(server), stdout=file, stderr=file)

    def lines() -> list[str]:
        text = output.read_text()
        assert "Traceback" not in text, text
        return [f"{line.split()[0]} {line.split(maxsplit=2)[2]}" for line in text.splitlines() if " " in line]

    def follow_until(title: str) -> None:
        process = start()
        try:
            wait_until(cursor.exists, TIMEOUT_SECONDS, "cursor")
            first = cursor.read_text()
            create_task(server, title)
            wait_until(lambda: f"CREATED {title}" in lines(), TIMEOUT_SECONDS, title)
            wait_until(lambda: cursor.read_text() != first, TIMEOUT_SECONDS, "stored cursor")
        finally:
            process.kill()
            process.wait()

    follow_until("One")  # takes a cursor
    create_task(server, "Two")
    follow_until("Three")  # continues
    assert [line for line in lines() if line in {f"CREATED {title}" for title in ("One", "Two", "Three")}] == [
        "CREATED One",
        "CREATED Two",
        "CREATED Three",
    ]


def test_expired_access_token_is_refreshed(server: ServerProcess) -> None:
    program = (
        "import sys; sys.argv = ['script']; sys.path.insert(0, sys.path.pop(0) or '.');"
        "import os, script; client = script.Client(os.environ['ALLOTMENT_URL'], 'demo');"
        "client.sign_in(os.environ['ALLOTMENT_EMAIL'], os.environ['ALLOTMENT_PASSWORD']);"
        "first = client._access_token; client._access_token = first[:-3] + 'xxx';"
        "print(len(list(script.read_tasks(client))) > 0, client._access_token not in ('', first))"
    )
    command = [sys.executable, "-c", program]
    finished = subprocess.run(
        command, cwd=SCRIPT.parent, env=environment(server), capture_output=True, text=True, check=False
    )
    assert finished.stdout == "True True\n", finished.stderr


@pytest.mark.parametrize(
    ("arguments", "variables", "message"),
    [
        (["export"], {"ALLOTMENT_PASSWORD": "Wrong-password-1!"}, "BAD_CREDENTIALS"),
        (["export"], {"ALLOTMENT_TENANT": "other"}, "FORBIDDEN"),
        (
            ["export"],
            {"ALLOTMENT_EMAIL": "", "ALLOTMENT_PASSWORD": ""},
            "Set ALLOTMENT_EMAIL, ALLOTMENT_PASSWORD in the",
        ),
        ([], {}, "python script.py export"),
    ],
)
def test_failures_are_explained(
    server: ServerProcess, arguments: list[str], variables: dict[str, str], message: str
) -> None:
    failed = run(server, *arguments, **variables)
    assert failed.returncode == 1
    assert message in failed.stderr
    assert "Traceback" not in failed.stderr
