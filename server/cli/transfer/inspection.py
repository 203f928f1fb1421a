"""The first of two passes over a file: it checks the form of all rows before anything is written."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import BinaryIO

from server.cli.transfer.error_file import ERROR_COLUMNS
from server.cli.transfer.file_format import FileFormat
from server.cli.transfer.lines import FileProblem, Lines
from server.cli.transfer.reading import read_header, read_rows


@dataclass(frozen=True)
class Inspection:
    """What is known of a file before its rows are imported."""

    rows: int
    digest: bytes
    """The SHA-256 hash of its contents."""
    names: tuple[str, ...]
    """The names of its columns, in their order."""


def inspect(file: BinaryIO, file_format: FileFormat, known: Collection[str], ignored: Collection[str]) -> Inspection:
    """Read a whole file. Raises FileProblem if a row is malformed or has an unknown column."""
    names: dict[str, None] = {}
    if file_format is FileFormat.CSV:
        names = dict.fromkeys(read_header(Lines(file)))
        _check_names(1, names, known, ignored)
        file.seek(0)
    digest, count = hashlib.sha256(), 0
    for row in read_rows(Lines(file, digest.update), file_format):
        count += 1
        if not names.keys() >= row.original.keys():
            _check_names(row.line, row.original, known, ignored)
            names |= dict.fromkeys(row.original)
    if not names:
        raise FileProblem(1, "The file is empty.")
    file.seek(0)
    return Inspection(count, digest.digest(), tuple(names))


def _check_names(line: int, names: Collection[str], known: Collection[str], ignored: Collection[str]) -> None:
    unknown = [name for name in names if name not in known and name not in ignored and name not in ERROR_COLUMNS]
    if unknown:
        listed = ", ".join(name or '""' for name in unknown)
        raise FileProblem(line, f"Unknown columns: {listed}. There are: {', '.join(known)}.")
    if not any(name in known for name in names):
        raise FileProblem(line, f"No column can be imported. There are: {', '.join(known)}.")
