"""The example clients, installed and compiled."""

import fcntl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from server.config.paths import PROJECT_ROOT

EXAMPLES = PROJECT_ROOT / "examples"
WITH_NODE = PROJECT_ROOT / "console" / "with-node"
Build = Callable[[str, str], Path]
"""`build_client(client, name)` compiles a client into a folder with this name, and returns its test."""


def node_command(*arguments: str) -> list[str]:
    """Return a command that runs with node and npm, which are installed if necessary: the tests are never skipped."""
    return [str(WITH_NODE), sys.prefix, *arguments]


@pytest.fixture
def build_client(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Installs the locked packages of a client, checks its types and compiles it."""

    def build(client: str, name: str) -> Path:
        folder = EXAMPLES / client
        with (tmp_path_factory.getbasetemp().parent / f"{client}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _install(folder)
        _run(folder, "npx", "--no-install", "tsc", "--outDir", f"build/{name}")
        return folder / "build" / name / client / "test" / "client.test.js"

    return build


def _install(folder: Path) -> None:
    """Install the packages, unless those of the lock file are installed."""
    installed, locked = folder / "node_modules" / ".package-lock.json", folder / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
        _run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def _run(folder: Path, *arguments: str) -> None:
    result = subprocess.run(node_command(*arguments), cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
