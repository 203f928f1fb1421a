"""One PostgreSQL server of a cluster."""

import random
import socket
from dataclasses import dataclass
from pathlib import Path

from tests.harness.account import Account, ProgramError
from tests.harness.processes import halt, is_serving

ATTEMPTS = 10


@dataclass(frozen=True)
class Tools:
    """The server programs and the account that runs them."""

    folder: Path
    account: Account

    def run(self, tool: str, *arguments: str) -> str:
        """The output of one program; ProgramError when it fails."""
        return self.account.run(self.folder / tool, *arguments)


@dataclass
class Server:
    """A server on a data folder that keeps its port once it has one. Primary or replica is a matter of its files."""

    data: Path
    tools: Tools
    port: int = 0

    @property
    def log(self) -> Path:
        """What the server said since its last start."""
        return self.data.with_suffix(".log")

    @property
    def is_running(self) -> bool:
        """Whether the server has a process."""
        return is_serving(self.data)

    def configure(self, **settings: str | int) -> None:
        """Adds settings that win over all before them."""
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def first_start(self) -> None:
        """Starts on a free port, and on another one when somebody snatches it before the server has it."""
        for attempt in range(1, ATTEMPTS + 1):
            self.port = free_port()
            self.configure(port=self.port)
            try:
                self.start()
            except ProgramError as error:
                if attempt == ATTEMPTS or "could not bind" not in str(error):
                    raise
            else:
                return

    def start(self) -> None:
        """Returns when the server takes connections. The error of a failed start ends with what the server said."""
        self.log.unlink(missing_ok=True)
        try:
            self.tools.run("pg_ctl", "-D", str(self.data), "-l", str(self.log), "-w", "-t", "30", "start")
        except ProgramError as error:
            said = self.log.read_text() if self.log.exists() else ""
            raise ProgramError(f"{error}{said}") from None

    def stop(self) -> None:
        """Stops in good order: sessions are cut off, the data is written."""
        self.tools.run("pg_ctl", "-D", str(self.data), "-m", "fast", "-w", "-t", "30", "stop")

    def kill(self) -> None:
        """Stops at once, as a crash does: nothing is written, the next start has to recover."""
        halt(self.data)


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    # Below the range from which Linux takes ports for outgoing connections (32768 on), lest one of those sits on the
    # port of a server that is down for a moment.
    for _ in range(100):
        port = random.randint(15_000, 32_000)  # noqa: S311
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port between 15000 and 32000")
