"""Encodes rows as CSV (RFC 4180) or JSON Lines."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from server.cli.transfer.file_format import FileFormat
from server.cli.transfer.formulas import protect


class RowEncoder:
    """Encodes rows with the same columns."""

    def __init__(self, file_format: FileFormat, names: Sequence[str]) -> None:
        self._format = file_format
        self._names = names

    def header(self) -> bytes:
        """Return the first line of a CSV file."""
        return self._encode_cells([self._names]) if self._format is FileFormat.CSV else b""

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """Return the lines of rows."""
        if self._format is FileFormat.JSONL:
            return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        return self._encode_cells([[_to_cell(row.get(name)) for name in self._names] for row in rows])

    @staticmethod
    def _encode_cells(rows: Sequence[Sequence[str]]) -> bytes:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows(rows)
        return text.getvalue().encode()


def _to_cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else protect(str(value))
