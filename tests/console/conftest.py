"""The built console, a browser that can reach only the test server, and the example operations."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from graphql import DocumentNode, OperationDefinitionNode, parse
from playwright.async_api import async_playwright, expect

from tests.console.page import ConsolePage
from tests.support.configured_app import OpenApp, app_opener

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "console" / "src" / "examples"
TIMEOUT_MS = 120_000
"""Enough for a busy machine."""
CHROMIUM_COMMANDS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    # No other host can be resolved, not even by the browser itself, whose requests are not intercepted.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


@pytest.fixture
def open_app(database_url: str) -> OpenApp:
    """Open the application with settings of the test's own."""
    return app_opener(database_url)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser. Without a browser the tests are skipped, but in CI they fail."""
    path = next(filter(None, map(shutil.which, CHROMIUM_COMMANDS)), None)
    if path:
        return path
    reason = f"No Chromium on this machine: looked for {', '.join(CHROMIUM_COMMANDS)}."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def console_dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the console and return its folder."""
    with _file_lock(tmp_path_factory.getbasetemp().parent / "console.lock"):
        subprocess.run(["make", "console"], cwd=ROOT, check=True)
    return ROOT / "console" / "dist"


@pytest.fixture
async def console(chromium: str, demo_server: str) -> AsyncIterator[ConsolePage]:
    """The console in a new browser, signed out; the page is not open yet."""
    expect.set_options(timeout=TIMEOUT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        console = ConsolePage(await browser.new_page(), urlsplit(demo_server).netloc)
        console.page.set_default_timeout(TIMEOUT_MS)
        await console.watch()
        yield console
        await browser.close()


@pytest.fixture(scope="session")
def examples() -> dict[str, DocumentNode]:
    """The example operations by name, which is also the title of their tab."""
    files = sorted(EXAMPLES.glob("*.graphql"))
    documents = [parse(file.read_text(encoding="utf-8")) for file in files]
    return {_operation_name(document): document for document in documents}


def _operation_name(document: DocumentNode) -> str:
    (operation,) = document.definitions  # with several, the console would ask which one to run
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name
    return operation.name.value


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    """Lock a file, so that only one of pytest's worker processes builds the console."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
