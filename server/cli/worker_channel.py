"""The pipe from a worker process to its supervisor."""

import json
import os
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any


class Channel:
    """The messages of a worker to its supervisor."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def send(self, event: str, **values: Any) -> None:
        """Send a message. Raises BrokenPipeError if the supervisor has ended."""
        self._write(json.dumps({"event": event, **values}).encode() + b"\n")

    def send_alive(self) -> None:
        """Report that the event loop runs, unless the supervisor does not read. Raises BrokenPipeError."""
        os.set_blocking(self._connection.fileno(), False)
        with suppress(BlockingIOError):
            self.send("alive")

    def _write(self, line: bytes) -> None:
        while line:
            line = line[os.write(self._connection.fileno(), line) :]
