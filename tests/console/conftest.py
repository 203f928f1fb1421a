"""A built console, a browser that can reach one server only, and the examples."""

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

from tests.console.visit import Visit

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "console" / "src" / "examples"
PATIENCE = 120_000
"""Milliseconds after which nothing more is to be hoped for, on however busy a machine."""
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    # Below the pages' own requests, which are watched: not even the browser itself finds another host.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program. Without one the tests are skipped, but not in CI, where nobody would notice."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found:
        return found
    reason = f"No Chromium on this machine: looked for {', '.join(CHROMIUMS)}."
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def console_dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built console, brought up to date."""
    with _alone(tmp_path_factory.getbasetemp().parent / "console.lock"):
        subprocess.run(["make", "console"], cwd=ROOT, check=True)
    return ROOT / "console" / "dist"


@pytest.fixture
async def visit(chromium: str, demo_server: str) -> AsyncIterator[Visit]:
    """A fresh browser, signed out, not yet on the page."""
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        visit = Visit(await browser.new_page(), urlsplit(demo_server).netloc)
        visit.page.set_default_timeout(PATIENCE)
        await visit.watch()
        yield visit
        await browser.close()


@pytest.fixture(scope="session")
def examples() -> dict[str, DocumentNode]:
    """The console's examples by the name of their operation, which is also the title of their tab."""
    files = sorted(EXAMPLES.glob("*.graphql"))
    documents = [parse(file.read_text(encoding="utf-8")) for file in files]
    return {_name(document): document for document in documents}


def _name(document: DocumentNode) -> str:
    (operation,) = document.definitions  # exactly one, or the console would have to ask which to run
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name
    return operation.name.value


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time: the test workers must not build the console over each other."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
