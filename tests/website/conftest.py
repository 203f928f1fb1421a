"""The built site, a server of its files, and a browser."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from server.config.paths import PROJECT_ROOT
from tests.support.browser import browser, chromium
from tests.support.node import installation_lock

__all__ = ["browser", "chromium"]  # fixtures


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a log."""

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    folder = tmp_path_factory.mktemp("website") / "dist"
    with installation_lock():
        subprocess.run(["make", "--no-print-directory", ".venv/.docs"], cwd=PROJECT_ROOT, check=True)
        subprocess.run([PROJECT_ROOT / "website" / "build", sys.prefix, folder], check=True)
        subprocess.run(
            [PROJECT_ROOT / "console" / "with-node", sys.prefix, PROJECT_ROOT / "console", "true"], check=True
        )
    return folder


@pytest.fixture(scope="session")
def site_url(site: Path) -> Iterator[str]:
    """The URL of the site."""
    yield from serve(site, "127.0.0.1")


def serve(folder: Path, host: str) -> Iterator[str]:
    """Serve the files of a folder until the iterator is closed."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{host}:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()
