"""The lines of a file, decoded and with their numbers, in constant memory."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from server.cli.errors import CommandFailed

MAX_RECORD_BYTES = 2**20
"""The largest row of a file, which may have several lines in CSV."""
_BOM = b"\xef\xbb\xbf"


class FileProblem(CommandFailed):
    """A file cannot be read as its format requires."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line:,}: {message}")


class Lines:
    """Iterates over the lines of a file, with their line breaks. Raises FileProblem with the number of a bad line."""

    def __init__(self, file: BinaryIO, on_bytes: Callable[[bytes], object] | None = None) -> None:
        self.number = 0
        """The number of the last line that was read."""
        self._file = file
        self._on_bytes = on_bytes
        self._record_bytes = 0

    def begin_record(self) -> int:
        """Begin the next row; return the number of its first line."""
        self._record_bytes = 0
        return self.number + 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(MAX_RECORD_BYTES + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self._record_bytes += len(line)
        if self._record_bytes > MAX_RECORD_BYTES:
            raise FileProblem(self.number, f"The row is longer than {MAX_RECORD_BYTES:,} bytes; is a quote missing?")
        if self._on_bytes is not None:
            self._on_bytes(line)
        return self._decode(line.removeprefix(_BOM) if self.number == 1 else line)

    def _decode(self, line: bytes) -> str:
        if b"\0" in line:
            raise FileProblem(self.number, "The line contains the character NUL; the file must be text in UTF-8.")
        try:
            return line.decode()
        except UnicodeDecodeError as error:
            message = f"Byte {error.start + 1:,} of the line is not UTF-8; save the file in this encoding."
            raise FileProblem(self.number, message) from None
