"""The server process of a contender."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import psutil

from server.config.paths import PROJECT_ROOT

START_TIMEOUT = 60
MEGABYTE = 1024 * 1024
_MAX_LOG_LENGTH = 2000


class ServerProcess:
    """A subprocess with a log file."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command, env=os.environ | environment, cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output,
            )  # fmt: skip

    def wait_until_ready(self, is_ready: Callable[[], bool]) -> Self:
        """Wait until the server is ready. If it does not start, raise RuntimeError with the end of its log."""
        deadline = time.monotonic() + START_TIMEOUT
        while not self._check(is_ready):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"did not start: {self.log_tail}")
            time.sleep(0.05)
        return self

    @property
    def log_tail(self) -> str:
        """The end of the log."""
        return self._log.read_text(errors="replace")[-_MAX_LOG_LENGTH:].strip() or "no output"

    @property
    def cpu(self) -> float:
        """Seconds of processor time that the process has used, without PostgreSQL's."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def memory(self) -> float:
        """Megabytes of resident memory, including child processes."""
        process = psutil.Process(self._process.pid)
        return float(
            sum(member.memory_info().rss for member in (process, *process.children(recursive=True))) / MEGABYTE
        )

    def stop(self) -> None:
        """Terminate the process. May be called again."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _check(self, is_ready: Callable[[], bool]) -> bool:
        try:
            return is_ready()
        except OSError:
            return False
