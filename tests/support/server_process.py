"""Runs `allotment serve` in a separate process, on a free port."""

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

from server.config.paths import PROJECT_ROOT

TIMEOUT_SECONDS = 120.0
SECRET_KEY = "a secret of the test servers, long enough"
_LISTENING = re.compile(r"Listening on ([^\s\"]+)")


def build_environment(database_url: str, **variables: str) -> dict[str, str]:
    """Return the environment of a command on this database, with fixed values for most settings."""
    fixed = {"ALLOTMENT_ENV": "development", "SECRET_KEY": SECRET_KEY, "BCRYPT_ROUNDS": "10", "HOST": "127.0.0.1"}
    return os.environ | {"WORKERS": "1", "LOG_FORMAT": "plain", "DATABASE_URL": database_url} | fixed | variables


def build_command(*arguments: str) -> list[str]:
    """Return the command that runs the command line from the checkout, installed or not."""
    return [sys.executable, "-m", "server.cli", *arguments]


class ServerProcess:
    """A server that is ready inside the block, until its end or an earlier `stop`."""

    def __init__(self, folder: Path, database_url: str, *arguments: str, **variables: str) -> None:
        """Prepare a server. It runs the code of this checkout, or of the one that the variable PYTHONPATH names."""
        self.url = ""
        self._root = variables.get("PYTHONPATH", str(PROJECT_ROOT))
        self._log = folder / "server.log"
        self._arguments = build_command("serve", *([] if "--port" in arguments else ["--port", "0"]), *arguments)
        self._environment = build_environment(database_url, **variables)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> str:
        """Return everything that the server has printed."""
        return self._log.read_text(encoding="utf-8")

    @property
    def pid(self) -> int:
        """Return the id of the process, which is the parent of the workers if there are several."""
        assert self._process is not None
        return self._process.pid

    def __enter__(self) -> Self:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._arguments,
                env=self._environment,
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self._kill()

    def stop(self, signal_number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal, wait for the server to end, and return its exit code. Idempotent."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal_number)
        return self._process.wait(TIMEOUT_SECONDS)

    def signal(self, signal_number: signal.Signals) -> None:
        """Send a signal without waiting for an effect."""
        assert self._process is not None
        self._process.send_signal(signal_number)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not self._is_ready():
            assert self._process is not None
            assert self._process.poll() is None, self.output
            assert time.monotonic() < deadline, f"not ready within {TIMEOUT_SECONDS} s: {self.output}"
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        match = _LISTENING.search(self.output)
        if match is None:
            return False
        self.url = match.group(1)
        try:
            return httpx.get(f"{self.url}/ready", timeout=TIMEOUT_SECONDS).is_success
        except httpx.TransportError:
            return False

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
