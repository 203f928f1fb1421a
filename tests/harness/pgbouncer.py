"""A temporary PgBouncer in transaction mode, in front of a PostgreSQL server."""

import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.harness.os_user import OsUser
from tests.harness.postgres_server import free_port
from tests.harness.processes import wait_until
from tests.harness.server_choice import require_control

PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
"""Debian installs it where only the PATH of root points to."""
CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server_port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = {pool_size}
max_client_conn = 500
logfile = {folder}/pgbouncer.log
pidfile = {folder}/pgbouncer.pid
"""


class PgBouncer:
    """Runs inside the block. Apart from the addresses and the number of connections, all settings are the defaults."""

    def __init__(
        self, folder: Path, server_port: int, users: tuple[str, ...], pool_size: int = 4, more: str = ""
    ) -> None:
        self.port = free_port()
        self.pool_size = pool_size
        self._folder = folder
        self._server_port = server_port
        self._users = users
        self._os_user = OsUser.current()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        require_control()
        self._folder.mkdir(parents=True)
        self._os_user.chown(self._folder)
        (self._folder / "users.txt").write_text("".join(f'"{user}" ""\n' for user in self._users))
        configuration = CONFIGURATION.format(
            server_port=self._server_port,
            port=self.port,
            folder=self._folder,
            pool_size=self.pool_size,
        )
        (self._folder / "pgbouncer.ini").write_text(configuration)
        self.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start, and wait until it accepts connections."""
        self._process = subprocess.Popen(
            [find_program(), "-q", str(self._folder / "pgbouncer.ini")],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self._os_user.uid,
            group=self._os_user.gid,
            extra_groups=None if self._os_user.uid is None else [],
        )
        wait_until(self._is_accepting, 10, f"start of PgBouncer in {self._folder}")

    def configure(self, line: str) -> None:
        """Add a line to the configuration, and restart."""
        self.kill()
        with (self._folder / "pgbouncer.ini").open("a") as file:
            file.write(f"{line}\n")
        self.start()

    def kill(self) -> None:
        """Kill the process. All connections through it are lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def dsn(self, user: str, database: str) -> str:
        """Return the URL of a database, without parameters."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def _is_accepting(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


def find_program() -> str:
    """Return the path of PgBouncer; skip the test if it is not installed."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path=PATH)
    if program is None:
        pytest.skip("PgBouncer is not installed (on Debian and Ubuntu: apt install pgbouncer)")
    return program
