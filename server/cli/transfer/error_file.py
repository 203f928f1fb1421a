"""The file of rejected rows: the reasons, and the rows as they were, to be corrected and imported again."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.cli.errors import CommandFailed
from server.cli.transfer.file_format import FileFormat
from server.cli.transfer.reading import FileRow
from server.cli.transfer.writing import RowEncoder

if TYPE_CHECKING:
    from services.core.errors import Problem

ERROR_COLUMNS = ("errorLine", "errorCode", "errorField", "errorMessage")
"""An import ignores them."""
_BEGINNINGS = {FileFormat.CSV: ",".join(ERROR_COLUMNS).encode(), FileFormat.JSONL: b'{"errorLine":'}


class ErrorFile:
    """Appends a line for each rejected row. It is created by the first one."""

    def __init__(self, path: Path, file_format: FileFormat, names: Sequence[str]) -> None:
        self.path = path
        self.size = 0
        self._format = file_format
        self._encoder = RowEncoder(
            file_format, [*ERROR_COLUMNS, *(name for name in names if name not in ERROR_COLUMNS)]
        )

    def open_at(self, size: int) -> None:
        """Remove what follows the first `size` bytes: the errors of a chunk that was not committed, or of an earlier
        import. Raises CommandFailed if the file contains something else."""
        if not self.path.exists():
            return
        with self.path.open("rb+") as file:
            beginning = _BEGINNINGS[self._format]
            if file.read(len(beginning)) not in (beginning, b""):
                raise CommandFailed(f"--errors: {self.path} is not a file of rejected rows; it is not overwritten.")
            self.size = min(size, file.seek(0, 2))
            file.truncate(self.size)
        if not self.size:
            self.path.unlink()

    def write(self, rows: Sequence[FileRow], problems: Sequence[Sequence["Problem"]]) -> int:
        """Write the rejected ones of these rows after the first `size` bytes; return the new size. What an earlier call
        has written there is replaced, unless `size` was set to what it returned."""
        rejected = [_describe(row, found) for row, found in zip(rows, problems, strict=True) if found]
        exists = self.path.exists()
        if not rejected and not exists:
            return self.size
        with self.path.open("rb+" if exists else "wb+") as file:
            file.truncate(self.size)
            if not rejected:
                return self.size
            file.seek(self.size)
            header = b"" if self.size else self._encoder.header()
            return self.size + file.write(header + self._encoder.encode(rejected))


def _describe(row: FileRow, problems: Sequence["Problem"]) -> dict[str, Any]:
    reasons = {
        "errorLine": row.line,
        "errorCode": "; ".join(problem.code for problem in problems),
        "errorField": "; ".join(problem.field[-1] for problem in problems),
        "errorMessage": " ".join(problem.message for problem in problems),
    }
    return reasons | {name: value for name, value in row.original.items() if name not in ERROR_COLUMNS}
