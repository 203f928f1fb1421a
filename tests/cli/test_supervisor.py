"""The supervisor of worker processes, with processes that imitate workers."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from server.config.paths import PROJECT_ROOT
from tests.cli.fake_workers import REASON
from tests.harness.processes import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.only("sqlite")]

TIMEOUT_SECONDS = 60.0


class Supervised:
    """A running supervisor."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self._folder = folder
        self._process = process

    @property
    def output(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")

    @property
    def workers(self) -> set[int]:
        return {child.pid for child in psutil.Process(self._process.pid).children() if is_worker(child)}

    def set_behavior(self, behavior: str) -> None:
        (self._folder / "behavior").write_text(behavior, encoding="utf-8")

    def let_workers_start(self) -> None:
        """End the waiting of workers with the behavior `wait`."""
        (self._folder / "go").touch()

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        return self._process.wait(TIMEOUT_SECONDS)

    def wait_for(self, text: str, count: int = 1) -> None:
        wait_until(lambda: len(re.findall(text, self.output)) >= count, TIMEOUT_SECONDS, f"{text} in {self.output}")


def is_worker(process: psutil.Process) -> bool:
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:
        return False


@contextmanager
def supervised(folder: Path, behavior: str, count: int = 1) -> Iterator[Supervised]:
    (folder / "behavior").write_text(behavior, encoding="utf-8")
    command = [sys.executable, "-m", "tests.cli.fake_workers", str(folder), str(count)]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process,
    ):
        try:
            yield Supervised(folder, process)
        finally:
            for child in psutil.Process(process.pid).children() if process.poll() is None else []:
                child.kill()
            process.kill()


def test_failed_start_ends_the_supervisor_with_the_reason(tmp_path: Path) -> None:
    with supervised(tmp_path, "fail", 2) as supervisor:
        assert supervisor.wait() == 1
    assert REASON in supervisor.output
    assert "Listening" not in supervisor.output


def test_restart_replaces_workers_and_failed_restart_does_not(tmp_path: Path) -> None:
    with supervised(tmp_path, "serve", 2) as supervisor:
        supervisor.wait_for("Listening on http://nowhere")
        first = supervisor.workers
        supervisor.send(signal.SIGHUP)
        supervisor.wait_for("Restarted all workers")
        wait_until(lambda: len(supervisor.workers) == 2, TIMEOUT_SECONDS, "end of the replaced workers")
        second = supervisor.workers
        assert not first & second
        supervisor.set_behavior("fail")
        supervisor.send(signal.SIGHUP)
        supervisor.wait_for("Restart aborted")
        assert "2 of 2 workers are not replaced" in supervisor.output
        assert f"did not start: {REASON}" in supervisor.output
        assert supervisor.workers == second
        supervisor.send(signal.SIGTERM)
        assert supervisor.wait() == 0


def test_second_restart_begins_again_and_ends_the_successor_of_the_first(tmp_path: Path) -> None:
    with supervised(tmp_path, "serve", 2) as supervisor:
        supervisor.wait_for("Listening")
        supervisor.set_behavior("wait")
        supervisor.send(signal.SIGHUP)
        supervisor.wait_for("A worker waits")
        before = supervisor.workers
        assert len(before) == 3
        supervisor.set_behavior("serve")
        supervisor.send(signal.SIGHUP)
        supervisor.wait_for("Restarted all workers")
        wait_until(lambda: len(supervisor.workers) == 2, TIMEOUT_SECONDS, "end of the replaced workers")
        assert not before & supervisor.workers
        supervisor.send(signal.SIGTERM)
        assert supervisor.wait() == 0


def test_restart_during_the_start_follows_it(tmp_path: Path) -> None:
    with supervised(tmp_path, "wait") as supervisor:
        supervisor.wait_for("A worker waits")
        supervisor.send(signal.SIGHUP)
        supervisor.wait_for("Received SIGHUP")
        supervisor.let_workers_start()
        supervisor.wait_for("Restarted all workers")
        supervisor.send(signal.SIGTERM)
        assert supervisor.wait() == 0
    assert supervisor.output.index("Listening") < supervisor.output.index("replaces worker")


def test_workers_that_end_at_once_are_replaced_later_each_time(tmp_path: Path) -> None:
    with supervised(tmp_path, "end") as supervisor:
        supervisor.wait_for("The next worker starts in 2 seconds")
        supervisor.set_behavior("serve")
        assert re.findall("starts in (.*) second", supervisor.output) == ["1", "2"]
        assert "ended with exit code 7" in supervisor.output
        wait_until(lambda: bool(supervisor.workers), TIMEOUT_SECONDS, "a worker")
        supervisor.send(signal.SIGTERM)
        assert supervisor.wait() == 0


def test_worker_whose_event_loop_does_not_run_is_replaced(tmp_path: Path) -> None:
    with supervised(tmp_path, "hang") as supervisor:
        supervisor.wait_for("Listening")
        supervisor.set_behavior("serve")
        supervisor.wait_for("does not respond: it is killed")
        supervisor.wait_for("was ended by SIGKILL")
        supervisor.send(signal.SIGTERM)
        assert supervisor.wait() == 0


def test_worker_that_does_not_stop_is_killed(tmp_path: Path) -> None:
    with supervised(tmp_path, "ignore signals", 2) as supervisor:
        supervisor.wait_for("Listening")
        supervisor.send(signal.SIGHUP)
        supervisor.wait_for("did not end in time: it is killed")
        supervisor.wait_for("Restarted all workers")
        supervisor.send(signal.SIGTERM)
        supervisor.send(signal.SIGTERM)  # changes nothing
        assert supervisor.wait() == 3
    assert "did not stop in time and had to be killed" in supervisor.output


def test_second_interrupt_kills_workers(tmp_path: Path) -> None:
    with supervised(tmp_path, "serve") as supervisor:
        supervisor.wait_for("Listening")
        (worker,) = supervisor.workers
        psutil.Process(worker).suspend()  # it does not stop for 60 seconds
        supervisor.send(signal.SIGINT)
        supervisor.wait_for("Stopping worker")
        supervisor.send(signal.SIGINT)
        assert supervisor.wait() == 3
