"""The formats of files: CSV and JSON Lines."""

from enum import StrEnum
from pathlib import Path

from server.cli.errors import CommandFailed


class FileFormat(StrEnum):
    """The format of a file."""

    CSV = "csv"
    JSONL = "jsonl"


_ENDINGS = {".csv": FileFormat.CSV, ".jsonl": FileFormat.JSONL, ".ndjson": FileFormat.JSONL}


def choose_format(option: FileFormat | None, file: Path | None) -> FileFormat:
    """Return the format of the option, or else that of the file's ending. CommandFailed if neither determines it."""
    found = option or (_ENDINGS.get(file.suffix.lower()) if file else None)
    if found is None:
        raise CommandFailed("--format: Pass csv or jsonl, as the name of the file does not end in .csv or .jsonl.")
    return found
