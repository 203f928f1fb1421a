"""A contender's server process, from the moment it answers until it is stopped."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

import psutil

from server.checkout import CHECKOUT

PATIENCE = 60
MEGABYTE = 1024 * 1024
_LAST_WORDS = 2000


class Running:
    """A process of its own with its own log."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command, env=os.environ | environment, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output,
            )  # fmt: skip

    def wait_until(self, answers: Callable[[], bool]) -> Self:
        """Returns when it answers; ends it and raises RuntimeError with its last words when it does not."""
        deadline = time.monotonic() + PATIENCE
        while not self._is_ready(answers):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"did not start: {self.last_words}")
            time.sleep(0.05)
        return self

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    @property
    def last_words(self) -> str:
        """The end of what it printed."""
        return self._log.read_text(errors="replace")[-_LAST_WORDS:].strip() or "it said nothing"

    @property
    def cpu(self) -> float:
        """Seconds of processor time that it has used, PostgreSQL's not included."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def memory(self) -> float:
        """Megabytes of resident memory, children included."""
        process = psutil.Process(self._process.pid)
        return float(sum(each.memory_info().rss for each in (process, *process.children(recursive=True))) / MEGABYTE)

    def stop(self) -> None:
        """End it. May be called again."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _is_ready(self, answers: Callable[[], bool]) -> bool:
        try:
            return answers()
        except OSError:
            return False
