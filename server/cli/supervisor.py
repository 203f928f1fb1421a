"""Supervises worker processes: starts, replaces, restarts and stops them.

A process waits in one loop for messages and ends of workers, and looks at signals and deadlines several times a second.
At most one worker more than configured runs, apart from those that end.
"""

import logging
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import connection
from socket import socket

from server.cli.errors import CommandFailed
from server.cli.worker_process import WorkerProcess
from server.cli.worker_slot import WorkerSlot, traceback_of

log = logging.getLogger("allotment.server")

TICK_SECONDS = 0.2
PAUSE_SECONDS = 2.0
"""If a tick is later than this, the machine or this process was paused, and the workers probably too."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class WorkersKilled(CommandFailed):
    """Workers did not stop in time, so requests may have been cut off."""

    exit_code = 3


class Supervisor:
    """Keeps a number of workers running on sockets."""

    def __init__(
        self, start_worker: Callable[[], WorkerProcess], count: int, sockets: Sequence[socket], url: str
    ) -> None:
        self._start_worker = start_worker
        self._count = count
        self._sockets = sockets
        self._url = url
        self._signals: list[int] = []
        self._slots: list[WorkerSlot] = []
        self._to_restart: deque[WorkerSlot] = deque()
        self._retiring: list[WorkerProcess] = []
        self._is_announced = self._is_stopping = False
        self._has_terminal = _has_terminal()

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises CommandFailed if a worker does not start at first."""
        self._receive_signals()
        log.info("Started supervisor [%d] of %d worker%s", os.getpid(), self._count, "s"[: self._count != 1])
        try:
            self._slots = [WorkerSlot(self._start_worker) for _ in range(self._count)]
            self._supervise()
            self._stop()
        finally:
            for worker in self._processes():  # after an error
                worker.kill()
                worker.close()
            for number in SIGNALS:  # a second SIGTERM would change the exit code, while Python finalizes
                signal.signal(number, signal.SIG_IGN)

    def _supervise(self) -> None:
        while not self._is_stopping:
            self._wait()
            self._handle_signals()
            if self._is_stopping:
                return
            if not self._is_announced:
                self._check_start()
            else:
                for slot in self._slots:
                    slot.check()
                self._continue_restart()
            self._reap_retired()

    def _wait(self) -> None:
        """Wait for a message or for the end of a worker, and read the messages."""
        before = time.monotonic()
        processes = self._processes()
        connection.wait([handle for each in processes for handle in each.handles], TICK_SECONDS)
        paused = time.monotonic() - before - TICK_SECONDS
        for process in processes:
            process.read_messages()
            if paused > PAUSE_SECONDS:
                process.deadline += paused

    def _processes(self) -> list[WorkerProcess]:
        return [process for slot in self._slots for process in slot.processes] + self._retiring

    def _check_start(self) -> None:
        """Announce the service when all workers accept connections, or give up."""
        workers = [slot.worker for slot in self._slots if slot.worker is not None]
        for worker in workers:
            if not worker.is_alive or worker.is_overdue:
                if text := traceback_of(worker):
                    log.error("A worker did not start", extra=text)
                reason = "does not respond" if worker.is_alive else worker.describe_end()
                raise CommandFailed(worker.failure.get("reason") or f"The server did not start: a worker {reason}.")
        if all(worker.is_ready for worker in workers):
            self._is_announced = True
            log.info("Listening on %s", self._url)

    def _continue_restart(self) -> None:
        """Replace workers one after the other. A worker stays until its successor accepts connections."""
        if not self._to_restart or self._retiring:
            return
        slot = self._to_restart[0]
        successor = slot.successor
        if slot.worker is not None and successor is None:
            slot.start_successor()
        elif successor is None or successor.is_ready:  # without a worker, the next one has the new code anyway
            self._to_restart.popleft()
            if successor is not None and (previous := slot.promote_successor()) is not None:
                log.info("Worker %d replaces worker %d", successor.pid, previous.pid)
                previous.retire()
                self._retiring.append(previous)
            if not self._to_restart:
                log.info("Restarted all workers")
        elif not successor.is_alive or successor.is_overdue:
            self._abort_restart(slot, successor)

    def _abort_restart(self, slot: WorkerSlot, successor: WorkerProcess) -> None:
        reason = "does not respond" if successor.is_alive else successor.describe_end()
        remaining = len(self._to_restart)
        message = "Restart aborted: %d of %d workers are not replaced and go on serving. The new worker %d %s"
        log.error(message, remaining, self._count, successor.pid, reason, extra=traceback_of(successor))
        slot.successor = None
        successor.kill()
        successor.close()
        self._to_restart.clear()

    def _reap_retired(self) -> None:
        """Release the workers that have ended, and kill those that should have."""
        for worker in tuple(self._retiring):
            if not worker.is_alive:
                worker.close()
                self._retiring.remove(worker)
            elif worker.is_overdue and not worker.is_killed:
                log.error("Worker %d did not end in time: it is killed", worker.pid)
                worker.kill()

    def _stop(self) -> None:
        """Stop all workers. A listener that stayed open here would collect connections that nothing accepts."""
        for listener in self._sockets:
            listener.close()
        for worker in self._processes():
            log.info("Stopping worker %d", worker.pid)
            worker.stop()
        killed = 0
        while processes := self._processes():
            self._wait()
            for worker in processes:
                if worker.is_alive and not worker.is_killed and (worker.is_overdue or signal.SIGINT in self._signals):
                    log.error("Worker %d did not stop in time: it is killed", worker.pid)
                    worker.kill()
                    killed += 1
            self._forget_ended(processes)
        if killed:
            raise WorkersKilled(f"{killed} worker{'s'[: killed != 1]} did not stop in time and had to be killed.")
        log.info("Stopped supervisor [%d]", os.getpid())

    def _forget_ended(self, processes: list[WorkerProcess]) -> None:
        ended = [worker for worker in processes if not worker.is_alive]
        for worker in ended:
            worker.close()
        for slot in self._slots:
            slot.worker = None if slot.worker in ended else slot.worker
            slot.successor = None if slot.successor in ended else slot.successor
        self._retiring = [worker for worker in self._retiring if worker not in ended]

    def _handle_signals(self) -> None:
        while self._signals and not self._is_stopping:
            number = self._signals.pop(0)
            if number == signal.SIGHUP and _has_terminal() == self._has_terminal:
                log.info("Received SIGHUP: restarting the workers")
                self._discard_successors()
                self._to_restart = deque(self._slots)  # before all workers have started, it begins when they have
            else:
                self._is_stopping = True

    def _discard_successors(self) -> None:
        """End the successors that have not replaced a worker yet: they may have the previous code and settings."""
        for slot in self._slots:
            if slot.successor is not None:
                slot.successor.retire()
                self._retiring.append(slot.successor)
                slot.successor = None

    def _receive_signals(self) -> None:
        """Collect signals from now on."""
        for number in SIGNALS:
            signal.signal(number, lambda received, _: self._signals.append(received))


def _has_terminal() -> bool:
    """Return whether the process has a terminal, which sends SIGHUP when it is closed."""
    with suppress(AttributeError, OSError, ValueError):
        return os.isatty(sys.stdin.fileno())
    return False
