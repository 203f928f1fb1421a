"""`console/try-build`, with which `make serve` and `make test` build the console."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from server.config.paths import PROJECT_ROOT

HANG_SECONDS = 60
HANGING = 'trap "" TERM; sleep 1000 & echo $! > child; echo started; wait; sleep 1000'
"""A build that waits for the network, and a child of it."""


class Checkout:
    """A folder with console/try-build, and a build of the test's own."""

    def __init__(self, folder: Path, build: str) -> None:
        self.console = folder / "console"
        self.console.mkdir()
        shutil.copy2(PROJECT_ROOT / "console" / "try-build", self.console)
        script = self.console / "build"
        script.write_text(f'#!/bin/sh\ncd "$(dirname "$0")"\n{build}\n')
        script.chmod(0o755)

    def start(self, timeout: str | None) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if name != "CONSOLE_TIMEOUT"}
        environment |= {} if timeout is None else {"CONSOLE_TIMEOUT": timeout}
        command = [str(self.console / "try-build"), ".venv"]
        return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, timeout: str | None = None) -> tuple[int, str]:
        """Return the exit code and the messages."""
        with self.start(timeout) as process:
            _, messages = process.communicate(timeout=HANG_SECONDS)
            return process.returncode, messages

    def child_is_running(self) -> bool:
        """Whether the child that the build started is still there."""
        child = int((self.console / "child").read_text())
        try:
            return bool(psutil.Process(child).status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False


def test_says_what_it_builds(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, 'echo "$@" > arguments')
    exit_code, messages = checkout.run()
    assert exit_code == 0
    assert messages.startswith("Building the console.")
    assert "120 s (CONSOLE_TIMEOUT)" in messages
    assert (checkout.console / "arguments").read_text() == ".venv\n"


def test_failure_does_not_keep_the_server_from_starting(tmp_path: Path) -> None:
    exit_code, messages = Checkout(tmp_path, "echo 'no network' >&2; exit 69").run()
    assert exit_code == 0
    assert "no network" in messages
    assert "The console could not be built. Everything else works without it; `make console`" in messages


def test_zero_skips_the_build(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, "touch built; mkdir dist; touch dist/index.html")
    exit_code, messages = checkout.run("0")
    assert (exit_code, (checkout.console / "built").exists()) == (0, False)
    assert "Everything else works without it" in messages
    checkout.run()
    assert "The earlier build is used" in checkout.run("0")[1]


@pytest.mark.parametrize("timeout", ["soon", "-1", "nan", "inf", "1e999"])
def test_invalid_timeout_is_an_error(tmp_path: Path, timeout: str) -> None:
    exit_code, messages = Checkout(tmp_path, "touch built").run(timeout)
    assert exit_code == 1
    assert f"CONSOLE_TIMEOUT must be a number of seconds, 0 to skip the console, not {timeout!r}." in messages


def test_gives_up_after_a_while(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, HANGING.replace('trap "" TERM;', ""))
    exit_code, messages = checkout.run("0.5")
    assert exit_code == 0
    assert "The console was not built within 0.5 s (CONSOLE_TIMEOUT). Everything else works without it" in messages
    assert not checkout.child_is_running()


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interruption_ends_the_build(tmp_path: Path, signal_number: signal.Signals) -> None:
    checkout = Checkout(tmp_path, HANGING.replace('trap "" TERM;', ""))
    with checkout.start(None) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        process.send_signal(signal_number)
        _, messages = process.communicate(timeout=HANG_SECONDS)
    assert process.returncode == 130
    assert "interrupted" in messages
    assert "Traceback" not in messages
    assert not checkout.child_is_running()


@pytest.mark.slow
def test_build_that_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, HANGING)
    started_at = time.monotonic()
    assert checkout.run("0.5")[0] == 0
    assert time.monotonic() - started_at < HANG_SECONDS
    assert not checkout.child_is_running()
