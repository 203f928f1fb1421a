"""Stopping servers by their data folder, without PostgreSQL's programs, and handling termination signals."""

import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil


def wait_until(condition: Callable[[], bool], timeout: float, description: str) -> None:
    """Wait until the condition is true. Raise TimeoutError with the description if that takes too long."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{description}: not within {timeout} s")
        time.sleep(0.005)


def interrupt_on_termination() -> None:
    """Handle SIGTERM and SIGHUP like Ctrl-C, so that the process cleans up."""
    if threading.current_thread() is not threading.main_thread():
        return
    for signal_number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(signal_number) is signal.SIG_DFL:
            signal.signal(signal_number, signal.default_int_handler)


def is_serving(data: Path) -> bool:
    """Return whether a server process uses this data folder."""
    return _find_server(data) is not None


def crash_server(data: Path) -> None:
    """Terminate the server of this data folder without a shutdown, if there is one, and wait for its end."""
    process = _find_server(data)
    if process is None:
        return
    _signal(process, signal.SIGQUIT)  # the server terminates its children, which SIGKILL would leave running
    try:
        wait_until(lambda: _is_gone(process), 6, f"end of server {process.pid}")
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        wait_until(lambda: _is_gone(process), 6, f"end of server {process.pid}")


def kill_server(data: Path) -> None:
    """Kill the processes of the server of this data folder with SIGKILL, as a power failure does."""
    process = _find_server(data)
    if process is None:
        return
    children = process.children(recursive=True)
    for each in (process, *children):
        _signal(each, signal.SIGKILL)
    for each in (process, *children):
        wait_until(partial(_is_gone, each), 6, f"end of process {each.pid}")


def kill_by_pid_file(file: Path) -> None:
    """Kill the process of this file, if its command line names the file's folder: another may have reused the id."""
    try:
        process = psutil.Process(int(file.read_text()))
        is_owner = any(str(file.parent) in argument for argument in process.cmdline())
    except (OSError, ValueError, psutil.Error):
        return
    if is_owner:
        _signal(process, signal.SIGKILL)


def suspend_server(data: Path) -> list[psutil.Process]:
    """Stop the processes of the server of this data folder with SIGSTOP, and return them."""
    process = _find_server(data)
    processes = [] if process is None else [process, *process.children(recursive=True)]
    for each in processes:
        _signal(each, signal.SIGSTOP)
    return processes


def continue_processes(processes: list[psutil.Process]) -> None:
    """Let suspended processes continue."""
    for process in processes:
        _signal(process, signal.SIGCONT)


def _find_server(data: Path) -> psutil.Process | None:
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        # The working directory of a server is its data folder. Another process may have reused the process id.
        is_alive = process.cwd() == str(data) and not _is_gone(process)
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process if is_alive else None


def _is_gone(process: psutil.Process) -> bool:
    try:
        # The init process of some containers does not reap zombies.
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _signal(process: psutil.Process, signal_number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal_number)
