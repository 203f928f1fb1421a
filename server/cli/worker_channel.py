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
        self._unsent = b""
        """The rest of a line that did not fit into the pipe."""

    def send(self, event: str, **values: Any) -> None:
        """Send a message. Raises BrokenPipeError if the supervisor has ended."""
        self._write(_encode(event, values))

    def offer(self, event: str, **values: Any) -> None:
        """Send a message, unless the supervisor has not read the last one yet. Never waits. Raises BrokenPipeError."""
        if not self._unsent:
            self._unsent = _encode(event, values)
            self.flush()

    def flush(self) -> None:
        """Send the rest of an offered message, as far as the pipe has room. Never waits. Raises BrokenPipeError."""
        os.set_blocking(self._connection.fileno(), False)
        with suppress(BlockingIOError):
            while self._unsent:
                self._unsent = self._unsent[os.write(self._connection.fileno(), self._unsent) :]

    def _write(self, line: bytes) -> None:
        while line:
            line = line[os.write(self._connection.fileno(), line) :]


def _encode(event: str, values: dict[str, Any]) -> bytes:
    return json.dumps({"event": event, **values}).encode() + b"\n"
