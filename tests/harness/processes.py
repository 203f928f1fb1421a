"""Ending processes: servers by the folder their data is in, with no program of PostgreSQL's at hand; ourselves."""

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil


def wait_until(condition: Callable[[], bool], timeout: float, what: str) -> None:
    """Returns as soon as the condition holds; TimeoutError naming `what` when it does not in time."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout} s")
        time.sleep(0.005)


def interrupt_on_termination() -> None:
    """Makes the process clean up as after Ctrl-C when it is told to end: by a time limit, by a closed terminal."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


def is_serving(data: Path) -> bool:
    """Whether a server process runs on this data folder."""
    return _server_of(data) is not None


def halt(data: Path) -> None:
    """Ends the server of this data folder as a crash would, and returns when it is gone. No server: nothing to do."""
    process = _server_of(data)
    if process is None:
        return
    _signal(process, signal.SIGQUIT)  # the server ends its own children, which SIGKILL would leave behind
    try:
        wait_until(lambda: _is_gone(process), 6, f"the end of server {process.pid}")
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        wait_until(lambda: _is_gone(process), 6, f"the end of server {process.pid}")


def _server_of(data: Path) -> psutil.Process | None:
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        # A server works in its data folder. Anybody else under this number is not ours to end.
        alive = process.cwd() == str(data) and not _is_gone(process)
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process if alive else None


def _is_gone(process: psutil.Process) -> bool:
    try:
        # Some containers have a first process that never collects the dead.
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
