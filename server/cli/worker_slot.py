"""A place for one worker: the process that serves in it, and the one that will replace it."""

import logging
import time
from collections.abc import Callable

from server.cli.worker_process import WorkerProcess

log = logging.getLogger("allotment.server")

STABLE_SECONDS = 30.0
"""A worker that ends sooner counts as a failure, for the back-off."""
MAX_BACKOFF_SECONDS = 30.0


class WorkerSlot:
    """Replaces its worker when it ends or hangs, later each time if it ends soon."""

    def __init__(self, start_worker: Callable[[], WorkerProcess]) -> None:
        self._start_worker = start_worker
        self._started_at = time.monotonic()
        self._failures = 0
        self._start_at = 0.0
        self.worker: WorkerProcess | None = start_worker()
        self.successor: WorkerProcess | None = None

    @property
    def processes(self) -> list[WorkerProcess]:
        """The worker and its successor, if there are any."""
        return [process for process in (self.worker, self.successor) if process is not None]

    def check(self) -> None:
        """Kill a worker that hangs, and replace one that has ended."""
        if self.worker is None:
            self._start_when_due()
        elif not self.worker.is_alive:
            log.error("Worker %d %s", self.worker.pid, self.worker.describe_end(), extra=traceback_of(self.worker))
            self.worker.close()
            self.worker, self.successor = self.successor, None
            if self.worker is None:
                self._schedule_start()
        elif self.worker.is_overdue and not self.worker.is_killed:
            log.error("Worker %d does not respond: it is killed", self.worker.pid)
            self.worker.kill()

    def start_successor(self) -> None:
        """Start the process that will replace the worker."""
        self.successor = self._start_worker()

    def promote_successor(self) -> WorkerProcess | None:
        """Make the successor the worker. Return the previous worker, which still serves."""
        previous, self.worker, self.successor = self.worker, self.successor, None
        self._started_at, self._failures = time.monotonic(), 0
        return previous

    def _start_when_due(self) -> None:
        if time.monotonic() >= self._start_at:
            self._started_at = time.monotonic()
            self.worker = self._start_worker()

    def _schedule_start(self) -> None:
        now = time.monotonic()
        is_stable = now - self._started_at > STABLE_SECONDS
        self._failures = 0 if is_stable else self._failures + 1
        delay = min(MAX_BACKOFF_SECONDS, 2.0 ** (self._failures - 2)) if self._failures > 1 else 0.0
        self._start_at = now + delay
        if delay:
            log.warning("The next worker starts in %g seconds", delay)


def traceback_of(worker: WorkerProcess) -> dict[str, str]:
    """Return the fields of a log record with the traceback of a worker that did not start."""
    text = worker.failure.get("traceback")
    return {"body": text} if text else {}
