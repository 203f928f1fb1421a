"""A worker process, as its supervisor sees it."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection
from socket import socket
from typing import Any

from server.cli.worker import run_worker
from server.telemetry.metrics.family import decode_families
from server.telemetry.metrics.metric_sum import MetricSum

START_SECONDS = 300.0
"""How long a worker may take to start: imports on a busy machine, and the time-outs of the database."""
DEFAULT_STOP_SECONDS = 5.0
"""How long a worker may take to stop before it is ready."""
BLOCKED_SIGNALS = {signal.SIGINT, signal.SIGHUP}
"""Terminals send these to the whole process group. The supervisor sends SIGTERM to its workers instead."""
READ_BYTES = 65_536

Target = Callable[[dict[str, Any], Sequence[socket], Connection], None]

_spawn = get_context("spawn")


class WorkerProcess:
    """A process that runs `run_worker`."""

    def __init__(
        self,
        options: dict[str, Any],
        sockets: Sequence[socket],
        target: Target = run_worker,
        metrics: MetricSum | None = None,
    ) -> None:
        """Start the process. Its metrics are added to `metrics`."""
        self._metrics = metrics
        self._connection, sender = _spawn.Pipe(duplex=False)
        self._process = _spawn.Process(target=target, args=(options, sockets, sender))
        with sender, block_signals(BLOCKED_SIGNALS):
            self._process.start()
        os.set_blocking(self._connection.fileno(), False)
        self.pid = self._process.pid or 0
        self.is_ready = False
        self.failure: dict[str, Any] = {}
        """The message of a worker that did not start."""
        self.deadline = time.monotonic() + START_SECONDS
        """When the worker counts as hung: unless it starts, sends its heartbeat or ends before."""
        self.is_killed = False
        self.is_stopping = False
        self._received = b""
        self._has_closed = False
        self._times: dict[str, float] = {}

    @property
    def handles(self) -> list[Connection | int]:
        """What becomes readable when the worker sends a message or ends."""
        return [self._process.sentinel, *([] if self._has_closed else [self._connection])]

    @property
    def is_alive(self) -> bool:
        """Whether the process has not ended. If it has, its last messages are read."""
        if self._process.is_alive():
            return True
        self.read_messages()
        return False

    @property
    def is_overdue(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() > self.deadline

    def read_messages(self) -> None:
        """Process the messages that the worker has sent."""
        with suppress(BlockingIOError):
            while data := os.read(self._connection.fileno(), READ_BYTES):
                *lines, self._received = (self._received + data).split(b"\n")
                for line in lines:
                    self._receive(json.loads(line))
            self._has_closed = True  # the worker is about to end

    def stop(self) -> None:
        """Let the worker end within its time: the service ends."""
        self._end(signal.SIGTERM, "stop_seconds")

    def retire(self) -> None:
        """Let the worker end within its time: another one has replaced it."""
        self._end(signal.SIGUSR1, "retire_seconds")

    def kill(self) -> None:
        """End the worker at once."""
        self.is_killed = True
        self._process.kill()

    def close(self) -> None:
        """Wait for the end of a process that ends, and release its resources."""
        self._process.join()
        self._connection.close()
        if self._metrics is not None:
            self._metrics.end(self.pid)

    def describe_end(self) -> str:
        """Return how the process ended, and why if the worker has sent a reason."""
        code = self._process.exitcode
        if self.failure:
            return f"did not start: {self.failure.get('reason')}"
        if code is not None and code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def _receive(self, message: dict[str, Any]) -> None:
        match message.pop("event", None):
            case "ready":
                self.is_ready = True
                self._times = message
            case "failed":
                self.failure = message
            case "metrics" if self._metrics is not None:
                self._metrics.update(self.pid, decode_families(message["families"]))
        if self.is_ready and not self.is_stopping:
            self.deadline = time.monotonic() + self._times.get("timeout", START_SECONDS)

    def _end(self, signal_number: signal.Signals, limit: str) -> None:
        if not self.is_ready:
            signal_number = signal.SIGTERM
        self.is_stopping = True
        self.deadline = time.monotonic() + self._times.get(limit, DEFAULT_STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal_number)


@contextmanager
def block_signals(signals: set[signal.Signals]) -> Iterator[None]:
    """Start child processes with signals of terminals blocked: a child that is still importing modules would end
    without its clean-up, or print a traceback."""
    resource_tracker.ensure_running()  # its first start would unblock the signals
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
