"""The built console in a browser that can reach only the test server, and the example operations."""

import fcntl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from graphql import DocumentNode, OperationDefinitionNode, parse
from playwright.async_api import Browser

from tests.console.page import ConsolePage, Watch
from tests.console.writer import Writer
from tests.support.browser import TIMEOUT_MS, browser, chromium
from tests.support.configured_app import OpenApp, app_opener

__all__ = ["browser", "chromium"]  # fixtures

ROOT = Path(__file__).parents[2]
CONSOLE = ROOT / "console"
EXAMPLES = CONSOLE / "src" / "query" / "collections"
NewConsole = Callable[..., Awaitable[ConsolePage]]
NewWriter = Callable[..., Awaitable[Writer]]


@pytest.fixture
def open_app(database_url: str) -> OpenApp:
    """Open the application with settings of the test's own."""
    return app_opener(database_url)


@pytest.fixture(scope="session")
def console_dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the console and return its folder."""
    with _file_lock(tmp_path_factory.getbasetemp().parent / "console.lock"):
        subprocess.run(["make", "console"], cwd=ROOT, check=True)
        # The build installs only what it needs. The tests also need axe.
        subprocess.run([CONSOLE / "with-node", sys.prefix, CONSOLE, "true"], check=True)
    return CONSOLE / "dist"


@pytest_asyncio.fixture(loop_scope="session")
async def new_console(browser: Browser, demo_server: str) -> AsyncIterator[NewConsole]:
    """Open a console in a new context, with the options of a context such as `viewport`. The test fails on errors."""
    opened: list[ConsolePage] = []

    async def new_console(**options: Any) -> ConsolePage:
        context = await browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        context.set_default_timeout(TIMEOUT_MS)
        watch = Watch(urlsplit(demo_server).netloc)
        await watch.start(context)
        opened.append(ConsolePage(await context.new_page(), watch))
        return opened[-1]

    yield new_console
    for console in opened:
        await console.close()
        console.watch.verify()


@pytest_asyncio.fixture(loop_scope="session")
async def console(new_console: NewConsole) -> ConsolePage:
    """The console in a new context, signed out; the page is not open yet."""
    return await new_console()


@pytest_asyncio.fixture(loop_scope="session")
async def new_writer(demo_server: str) -> AsyncIterator[NewWriter]:
    """Sign in a second client of the same server as a user of the demo, in a tenant."""
    writers: list[Writer] = []

    async def new_writer(email: str, tenant: str = "demo") -> Writer:
        writers.append(await Writer.sign_in(demo_server, email, tenant))
        return writers[-1]

    yield new_writer
    for writer in writers:
        await writer.client.aclose()


@pytest.fixture(scope="session")
def examples() -> dict[str, DocumentNode]:
    """The example operations by name, which is also the title of their tab."""
    files = sorted(file for file in EXAMPLES.glob("*/*.graphql") if ".fill." not in file.name)
    documents = [parse(file.read_text(encoding="utf-8")) for file in files]
    return {_operation_name(document): document for document in documents}


def _operation_name(document: DocumentNode) -> str:
    # with several operations, the console would ask which one to run
    (operation,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    assert operation.name
    return operation.name.value


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    """Lock a file, so that only one of pytest's worker processes builds the console."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
