"""The commands of docs/start.md, as new developers run them in a checkout: they start the server and serve the page."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from server.config.paths import PROJECT_ROOT
from server.config.settings import Settings, variable_name
from tests.docs.blocks import parse_blocks
from tests.harness.postgres_server import free_port
from tests.harness.processes import wait_until
from tests.support.checkout_copy import CheckoutCopy

pytestmark = [pytest.mark.slow, pytest.mark.only("sqlite")]
TIMEOUT_SECONDS = 300
"""The first start builds the console, which is given up after two minutes, and creates the demo data."""
PAGE = PROJECT_ROOT / "docs" / "start.md"
EXAMPLE = PROJECT_ROOT / "examples" / "page"
LOGIN = 'mutation { login(input: { email: "member@demo.test", password: "Allotment-demo-1!" }) { accessToken } }'


def blocks(language: str) -> list[str]:
    """Return the texts of the page's blocks in this language."""
    parsed = parse_blocks(PAGE.read_text(encoding="utf-8"))
    return [block.text.strip() for block in parsed if block.language == language]


def new_environment(**variables: str) -> dict[str, str]:
    """Return the environment without settings of the server."""
    settings = {variable_name(name) for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name not in settings} | variables


@contextmanager
def running(command: str, folder: Path, log: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command that does not end by itself, until the end of the block. Like Ctrl-C, a signal ends it and what it
    has started; make waits for that."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["sh", "-c", f"exec {command}"], cwd=folder, env=new_environment(**variables), stdin=subprocess.DEVNULL,
            stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it has started, if they have not ended."""
    for signal_number in (signal.SIGINT, signal.SIGKILL):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, signal_number)
            process.wait(TIMEOUT_SECONDS)


def wait_for_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    def answers() -> bool:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            return httpx.get(url, timeout=TIMEOUT_SECONDS).is_success
        except httpx.TransportError:
            return False

    wait_until(answers, TIMEOUT_SECONDS, f"an answer of {url}")


def send(http: httpx.Client, query: str) -> dict[str, dict[str, str]]:
    response = http.post("/graphql", json={"query": query})
    answer: dict[str, dict[str, dict[str, str]]] = response.json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_server_starts_from_a_checkout(tmp_path: Path) -> None:
    copy, log, port = CheckoutCopy(tmp_path / "checkout"), tmp_path / "server.log", str(free_port())
    url = f"http://localhost:{port}"
    with running(blocks("sh")[0], copy.root, log, PORT=port, PYTHONPATH=str(copy.root)) as process:
        wait_for_answer(f"{url}/ready", process, log)
        assert f"Listening on {url}" in log.read_text(encoding="utf-8")
        with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, headers={"X-Tenant": "demo"}) as http:
            http.headers["Authorization"] = f"Bearer {send(http, LOGIN)['login']['accessToken']}"
            assert len(send(http, blocks("graphql")[0])["tasks"]["nodes"]) == 3
            assert http.get("/", headers={"Accept": "text/html"}, follow_redirects=True).is_success
    assert "Finished server process" in log.read_text(encoding="utf-8")
    assert (copy.root / "allotment.db").exists()


def test_page_is_served(tmp_path: Path) -> None:
    served, port, log = blocks("sh")[1], str(free_port()), tmp_path / "page.log"
    assert " 3000 " in served
    url = f"http://localhost:{port}"
    with running(served.replace("3000", port), EXAMPLE, log) as process:
        wait_for_answer(url, process, log)
        assert httpx.get(url).text == (EXAMPLE / "index.html").read_text(encoding="utf-8")
