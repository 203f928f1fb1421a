"""Workers of `allotment serve`: rolling restarts with new code and settings, failed ones, and workers that end."""

import re
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest

from tests.harness.processes import wait_until
from tests.support.checkout_copy import CheckoutCopy
from tests.support.command_line import command_runner
from tests.support.server_process import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.only("sqlite")]

TIMEOUT_SECONDS = 300
HEALTH_MODULE = "server/http/health.py"


class RunningServer:
    """A server of one supervised worker, whose code and database a test may change."""

    def __init__(self, process: ServerProcess, checkout: Path, database: Path) -> None:
        self.process = process
        self.checkout = checkout
        self._database = database
        self._seen = 0

    @property
    def worker(self) -> int:
        """The id of the worker process, the newest one if another one is ending."""
        children = psutil.Process(self.process.pid).children()
        workers = [each for each in children if "spawn_main" in " ".join(each.cmdline())]
        return int(max(workers, key=lambda each: each.create_time()).pid)

    @property
    def new_output(self) -> str:
        """What the server has printed since the last call of `restart`."""
        return self.process.output[self._seen :]

    def health(self) -> str:
        return httpx.get(f"{self.process.url}/health", timeout=TIMEOUT_SECONDS).text

    def restart(self, message: str) -> str:
        """Send SIGHUP, wait for the message and return the output since then."""
        self._seen = len(self.process.output)
        psutil.Process(self.process.pid).send_signal(signal.SIGHUP)
        self.wait_for(message)
        return self.new_output

    def wait_for(self, message: str) -> None:
        wait_until(lambda: bool(re.search(message, self.new_output)), TIMEOUT_SECONDS, message)

    def execute(self, statement: str) -> None:
        with closing(sqlite3.connect(self._database)) as connection, connection:
            connection.execute(statement)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that runs a copy of the checkout."""
    folder = tmp_path_factory.mktemp("restart")
    checkout, database = CheckoutCopy(folder / "checkout").root, folder / "a.db"
    assert command_runner(f"sqlite:///{database}")("migrate").exit_code == 0
    with ServerProcess(
        folder,
        f"sqlite:///{database}",
        PYTHONPATH=str(checkout),
        SUPERVISE="true",
        SHUTDOWN_DELAY="20",
        KEEP_ALIVE_TIMEOUT="600",
    ) as process:
        yield RunningServer(process, checkout, database)


def test_new_worker_has_new_code_and_settings(server: RunningServer) -> None:
    (server.checkout / ".env").write_text("WORKER_TIMEOUT=29\nLOG_LEVEL=ERROR\n", encoding="utf-8")
    module = server.checkout / HEALTH_MODULE
    code = module.read_text(encoding="utf-8")
    module.write_text(code.replace('{"status": "ok"}', '{"status": "new"}'), encoding="utf-8")
    old = server.worker
    limits = httpx.Limits(keepalive_expiry=None)
    with httpx.Client(base_url=server.process.url, timeout=TIMEOUT_SECONDS, limits=limits) as client:
        assert client.get("/health").json() == {"status": "ok"}
        output = server.restart("Retiring")
        assert client.get("/health").headers["connection"] == "close"  # the old worker answers its open connection
        assert client.get("/health").json() == {"status": "new"}
    assert server.worker != old
    assert f"replaces worker {old}" in output
    assert "startup complete" not in output  # LOG_LEVEL
    (server.checkout / ".env").unlink()
    module.write_text(code, encoding="utf-8")


def test_broken_code_leaves_the_old_worker(server: RunningServer) -> None:
    module = server.checkout / HEALTH_MODULE
    code = module.read_text(encoding="utf-8")
    module.write_text(code + "\nthis is no Python\n", encoding="utf-8")
    output = server.restart("Restart aborted")
    assert "1 of 1 workers are not replaced and go on serving" in output
    assert "did not start: SyntaxError: invalid syntax (health.py" in output
    assert "Traceback" in output
    assert "status" in server.health()
    module.write_text(code, encoding="utf-8")


def test_invalid_settings_leave_the_old_worker(server: RunningServer) -> None:
    (server.checkout / ".env").write_text("MAX_ALIASES=none\n", encoding="utf-8")
    assert "did not start: MAX_ALIASES: " in server.restart("Restart aborted")
    assert "status" in server.health()
    (server.checkout / ".env").unlink()


def test_missing_migration_leaves_the_old_worker(server: RunningServer) -> None:
    server.execute("CREATE TABLE backup AS SELECT version_num FROM alembic_version")
    server.execute("UPDATE alembic_version SET version_num = '0001'")
    output = server.restart("Restart aborted")
    assert "did not start: The database is" in output
    assert "status" in server.health()
    server.execute("UPDATE alembic_version SET version_num = (SELECT max(version_num) FROM backup)")


def test_killed_worker_is_replaced(server: RunningServer) -> None:
    old = server.worker
    psutil.Process(old).kill()
    wait_until(lambda: f"Worker {old} was ended by SIGKILL" in server.process.output, TIMEOUT_SECONDS, "the end")
    assert "status" in server.health()  # the connection waits for the next worker
    assert server.worker != old


def test_workers_end_with_their_supervisor(server: RunningServer) -> None:
    worker = psutil.Process(server.worker)
    psutil.Process(server.process.pid).kill()
    worker.wait(TIMEOUT_SECONDS)
