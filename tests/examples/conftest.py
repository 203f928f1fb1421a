"""The example clients, installed and compiled."""

from collections.abc import Callable
from pathlib import Path

import pytest

from server.config.paths import PROJECT_ROOT
from tests.support.browser import browser, chromium
from tests.support.node import install_packages, run_node

__all__ = ["browser", "chromium"]  # fixtures

EXAMPLES = PROJECT_ROOT / "examples"
Build = Callable[[str, str], Path]
"""`build_client(client, name)` compiles a client into a folder with this name, and returns its test."""


@pytest.fixture
def build_client() -> Build:
    """Installs the locked packages of a client, checks its types and compiles it."""

    def build(client: str, name: str) -> Path:
        folder = EXAMPLES / client
        install_packages(folder)
        result = run_node(folder, folder, "npx", "--no-install", "tsc", "--outDir", f"build/{name}")
        assert result.returncode == 0, result.stdout + result.stderr
        return folder / "build" / name / client / "test" / "client.test.js"

    return build
