"""A browser that can reach only this machine. A conftest.py imports the fixtures."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

TIMEOUT_MS = 30_000
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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One browser for all tests of this process. Each test has a context of its own, with its own storage and cache."""
    expect.set_options(timeout=TIMEOUT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        await browser.close()
