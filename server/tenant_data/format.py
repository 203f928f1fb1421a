"""The format of an export: JSON Lines with a header, the rows of one table after the other, and an end with a checksum.

{"format": "allotment-tenant", "version": 1, "revision": "0023", …, "counts": {"user": 3, "tenant": 1, "task": 100}}
{"table": "user", "row": {…}}
{"table": "task", "row": {…}}
{"end": {"rows": 104, "sha256": "…"}}
"""

import datetime
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import IO, Any

import orjson

from server.tenant_data.errors import TenantDataError
from server.tenant_data.files import READ_ERRORS
from server.tenant_data.values import encode_line

FORMAT = "allotment-tenant"
VERSION = 1
MAX_LINE_BYTES = 16 * 2**20
"""The longest line that is read. The longest that the models permit have about 3 MiB."""


@dataclass(frozen=True)
class Header:
    """The first line of a file."""

    revision: str
    """The revision of the database that was exported."""
    exported_at: datetime.datetime
    id: str
    """The tenant's id."""
    slug: str
    counts: Mapping[str, int]
    """The number of rows of each table, in the order of the file."""
    format: str = FORMAT
    version: int = VERSION

    @property
    def rows(self) -> int:
        """The number of rows of all tables."""
        return sum(self.counts.values())


class FileDamaged(TenantDataError):
    """A file is no complete export."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line:,}: {message}")


@dataclass
class Writer:
    """Writes the lines of a file, and computes their checksum."""

    file: IO[bytes]
    rows: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def write_header(self, header: Header) -> None:
        """Write the first line."""
        self._write(asdict(header))

    def write_row(self, table: str, row: Mapping[str, Any]) -> None:
        """Write a row."""
        self._write({"table": table, "row": row})
        self.rows += 1

    def write_end(self) -> None:
        """Write the last line, without which the file is not complete."""
        self.file.write(encode_line({"end": {"rows": self.rows, "sha256": self._digest.hexdigest()}}))

    def _write(self, value: Mapping[str, Any]) -> None:
        line = encode_line(value)
        self._digest.update(line)
        self.file.write(line)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file."""

    line: int
    table: str
    values: dict[str, Any]


class Reader:
    """Reads the lines of a file, one at a time. Raises FileDamaged for the first that is malformed or missing."""

    def __init__(self, file: IO[bytes]) -> None:
        self.line = 0
        """The number of the last line that was read."""
        self.checksum = ""
        """The checksum of all rows, when they have been read."""
        self._file = file
        self._digest = hashlib.sha256()
        self.header = self._read_header()

    def rows(self) -> Iterator[Row]:
        """Yield the rows, and verify the number of rows and the checksum at the end."""
        count = 0
        while True:
            digest = self._digest.hexdigest()
            value = self._read_line()
            if "end" in value:
                break
            table, row = value.get("table"), value.get("row")
            if value.keys() != {"table", "row"} or not isinstance(table, str) or not isinstance(row, dict):
                raise FileDamaged(self.line, 'is not a row, such as {"table": "task", "row": {…}}')
            count += 1
            yield Row(self.line, table, row)
        if value != {"end": {"rows": count, "sha256": digest}}:
            raise FileDamaged(self.line, "the checksum differs: the file was changed or damaged")
        if self._readline():
            raise FileDamaged(self.line + 1, "nothing may follow the end")
        self.checksum = digest

    def _read_header(self) -> Header:
        value = self._read_line()
        if value.get("format") != FORMAT:
            raise FileDamaged(1, "is not the header of an export by `allotment tenant export`")
        if value.get("version") != VERSION:
            raise FileDamaged(1, f"the format has the version {value.get('version')}; this command reads {VERSION}")
        try:
            time = datetime.datetime.fromisoformat(value.pop("exported_at"))
            counts = {str(table): int(count) for table, count in value.pop("counts").items()}
            return Header(exported_at=time, counts=counts, **value)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise FileDamaged(1, "the header is not complete") from None

    def _read_line(self) -> dict[str, Any]:
        line = self._readline()
        self.line += 1
        if not line.endswith(b"\n"):
            too_long = len(line) > MAX_LINE_BYTES
            raise FileDamaged(self.line, "is too long" if too_long else "the file ends here: it is not complete")
        self._digest.update(line)
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise FileDamaged(self.line, f"is not valid JSON: {error}") from None
        if not isinstance(value, dict):
            raise FileDamaged(self.line, "is not a JSON object")
        return value

    def _readline(self) -> bytes:
        try:
            return self._file.readline(MAX_LINE_BYTES + 1)
        except (*READ_ERRORS, zlib.error) as error:
            raise FileDamaged(self.line + 1, f"cannot be decompressed: {error}") from None
