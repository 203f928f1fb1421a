"""uvicorn's supervisors: of a server of several processes, and of one that starts anew when the code changes."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.statreload import StatReload


class Workers(Multiprocess):
    """Keeps several processes serving."""

    def init_processes(self) -> None:
        with _deaf_to_interrupts():
            super().init_processes()


class Reloader(StatReload):
    """Keeps one process serving what the code is now."""

    def startup(self) -> None:
        with _deaf_to_interrupts():
            super().startup()

    def restart(self) -> None:
        with _deaf_to_interrupts():
            super().restart()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes started in here never hear of Ctrl-C, which terminals send to all at once: their parent tells them to
    end. One that is still loading would answer it with a traceback."""
    resource_tracker.ensure_running()  # it would lift the block when it is first started
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
