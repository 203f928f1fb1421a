"""One PostgreSQL server of a cluster."""

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness.os_user import OsUser, ProgramError
from tests.harness.processes import continue_processes, crash_server, is_serving, kill_server, suspend_server

MAX_START_ATTEMPTS = 10


@dataclass(frozen=True)
class PostgresPrograms:
    """The server programs and the operating system user that runs them."""

    bin_folder: Path
    user: OsUser

    def run(self, program: str, *arguments: str) -> str:
        """Run one program and return its output. Raise ProgramError if it fails."""
        return self.user.run(self.bin_folder / program, *arguments)


@dataclass
class PostgresServer:
    """A server with its data folder and port. The files in the folder make it a primary or a replica."""

    data: Path
    programs: PostgresPrograms
    port: int = 0

    @property
    def log(self) -> Path:
        """The log file since the last start."""
        return self.data.with_suffix(".log")

    @property
    def is_running(self) -> bool:
        """Whether the server has a process."""
        return is_serving(self.data)

    def configure(self, **settings: str | int) -> None:
        """Append settings, which override earlier ones."""
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def first_start(self) -> None:
        """Start on a free port; retry with another one if the port was taken in the meantime."""
        for attempt in range(1, MAX_START_ATTEMPTS + 1):
            self.port = free_port()
            self.configure(port=self.port)
            try:
                self.start()
            except ProgramError as error:
                if attempt == MAX_START_ATTEMPTS or "could not bind" not in str(error):
                    raise
            else:
                return

    def start(self) -> None:
        """Start the server and wait until it accepts connections. The error of a failed start contains the log."""
        self.log.unlink(missing_ok=True)
        try:
            self.programs.run("pg_ctl", "-D", str(self.data), "-l", str(self.log), "-w", "-t", "30", "start")
        except ProgramError as error:
            log_text = self.log.read_text() if self.log.exists() else ""
            raise ProgramError(f"{error}{log_text}") from None

    def stop(self) -> None:
        """Shut down in fast mode: connections are closed and data is written."""
        self.programs.run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", "30", "stop")

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Suspend all processes within the block: the server accepts connections and statements, but answers none."""
        processes = suspend_server(self.data)
        try:
            yield
        finally:
            continue_processes(processes)

    def power_off(self) -> None:
        """Kill all processes at once, so that none can tell its clients."""
        kill_server(self.data)

    def follow(self, primary: "PostgresServer", user: str) -> None:
        """Start as a replica of another server. This server must be stopped, and ahead of the other in nothing."""
        conninfo = f"host=127.0.0.1 port={primary.port} user={user} application_name=replica{self.data.name}"
        self.configure(primary_conninfo=conninfo, primary_slot_name="", synchronous_standby_names="")
        (self.data / "standby.signal").touch()
        self.start()

    def kill(self) -> None:
        """Stop without writing data, like a crash; the next start performs a recovery."""
        crash_server(self.data)


def free_port() -> int:
    """Return a loopback port that is not in use."""
    # Below Linux's range of ephemeral ports (32768 and up): an outgoing connection could otherwise occupy the port of a
    # server that is restarting.
    for _ in range(100):
        port = random.randint(15_000, 32_000)  # noqa: S311
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port between 15000 and 32000")
