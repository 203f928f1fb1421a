"""Runs commands with Node and the npm packages of a folder, which are installed if they are missing."""

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.config.paths import PROJECT_ROOT

VENV = Path(sys.prefix)
WITH_NODE = PROJECT_ROOT / "console" / "with-node"


@contextmanager
def installation_lock() -> Iterator[None]:
    """Let one test process at a time install packages."""
    with (VENV / "tests-install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install_packages(folder: Path) -> None:
    """Install the npm packages that the package-lock.json of the folder lists, and Node."""
    with installation_lock():
        installed = run_node(folder, folder, "node", "--version")
    assert installed.returncode == 0, installed.stderr


def run_node(packages: Path, working_folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with Node in PATH. `packages` is the folder with the npm packages."""
    arguments = build_node_command(packages, working_folder, *command)
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


def build_node_command(packages: Path, working_folder: Path, *command: str) -> list[str]:
    """Return what `run_node` runs."""
    in_folder = ("sh", "-c", 'cd "$0" && exec "$@"', str(working_folder), *command)
    return [str(WITH_NODE), str(VENV), str(packages), *in_folder]
