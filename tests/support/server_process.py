"""`allotment serve` in a process of its own, on a free port."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from server.checkout import CHECKOUT

PATIENCE = 120.0
SECRET = "a secret of the test servers, long enough"
_LISTENING = re.compile(r"Listening on (\S+)")


def environment(database_url: str, **more: str) -> dict[str, str]:
    """The environment of a command on this database: little depends on whoever runs the tests."""
    fixed = {"ALLOTMENT_ENV": "development", "SECRET_KEY": SECRET, "BCRYPT_ROUNDS": "10", "HOST": "127.0.0.1"}
    return os.environ | {"WORKERS": "1", "LOG_FORMAT": "plain", "DATABASE_URL": database_url} | fixed | more


def command(*arguments: str) -> list[str]:
    """How the command line is run from the checkout, installed or not."""
    return [sys.executable, "-m", "server.cli", *arguments]


class ServerProcess:
    """A server from the moment it answers until the end of the block, or an earlier `stop`."""

    def __init__(self, folder: Path, database_url: str, *arguments: str, **more: str) -> None:
        self.url = ""
        self._log = folder / "server.log"
        self._arguments = command("serve", "--port", "0", *arguments)
        self._environment = environment(database_url, **more)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        """All that it has printed."""
        return self._log.read_text(encoding="utf-8")

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._arguments, env=self._environment, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            self._await_ready()
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self._kill()

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """End it with this signal; its exit code. May be called again."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self._process.wait(PATIENCE)

    def _await_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._is_ready():
            assert self._process is not None
            assert self._process.poll() is None, self.output
            assert time.monotonic() < deadline, f"not ready within {PATIENCE} s: {self.output}"
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        found = _LISTENING.search(self.output)
        if found is None:
            return False
        self.url = found.group(1)
        try:
            return httpx.get(f"{self.url}/ready", timeout=PATIENCE).is_success
        except httpx.TransportError:
            return False

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
