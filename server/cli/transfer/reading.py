"""Rows of CSV and JSON Lines files, one at a time."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from server.cli.transfer.file_format import FileFormat
from server.cli.transfer.formulas import unprotect
from server.cli.transfer.lines import MAX_RECORD_BYTES, FileProblem, Lines


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of a file."""

    line: int
    """The number of its first line."""
    values: dict[str, Any]
    """Its values by the names of their columns. Empty cells of CSV are omitted."""
    original: dict[str, Any]
    """All its values."""


def read_rows(lines: Lines, file_format: FileFormat) -> Iterator[FileRow]:
    """Yield the rows of a file. Raises FileProblem with the line of the first one that is malformed."""
    return _read_csv(lines) if file_format is FileFormat.CSV else _read_json_lines(lines)


def read_header(lines: Lines) -> list[str]:
    """Read the names of the columns of a CSV file."""
    names = next((cells for _, cells in _read_records(lines)), None)
    if names is None:
        raise FileProblem(1, "The file is empty; the first line must contain the names of the columns.")
    names = [name.strip() for name in names]
    if duplicates := {name for name in names if names.count(name) > 1}:
        raise FileProblem(lines.number, f"Each column must occur once: {', '.join(sorted(duplicates))}.")
    return names


def _read_csv(lines: Lines) -> Iterator[FileRow]:
    names = read_header(lines)
    for line, cells in _read_records(lines):
        if len(cells) != len(names):
            raise FileProblem(line, f"The row has {len(cells):,} cells, but the first row has {len(names):,} names.")
        original = dict(zip(names, map(unprotect, cells), strict=True))
        yield FileRow(line, {name: cell for name, cell in original.items() if cell}, original)


def _read_records(lines: Lines) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row, with the number of its first line. Skips empty lines."""
    csv.field_size_limit(MAX_RECORD_BYTES)
    records = csv.reader(lines, strict=True)
    while True:
        line = lines.begin_record()
        try:
            cells = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileProblem(line, f"The row is not valid CSV: {error}.") from None
        if cells:
            yield line, cells


def _read_json_lines(lines: Lines) -> Iterator[FileRow]:
    lines.begin_record()
    for text in lines:
        if text.strip():
            values = _parse_json(lines.number, text)
            yield FileRow(lines.number, values, values)
        lines.begin_record()


def _parse_json(line: int, text: str) -> dict[str, Any]:
    try:
        values = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FileProblem(line, f"The line is not valid JSON: {error}.") from None
    if not isinstance(values, dict):
        raise FileProblem(line, "The line is not a JSON object.")
    return values
