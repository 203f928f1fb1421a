"""The first of two passes over a file: it checks every value before anything is written."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from server.tenant_data.errors import TenantDataError
from server.tenant_data.files import open_file
from server.tenant_data.format import FileDamaged, Header, Reader, Row
from server.tenant_data.tables import columns_of_file, tables_of_file
from server.tenant_data.values import InvalidValue, decode_value

Values = dict[str, Any]
Begin = Callable[[Mapping[str, int]], None]
Progress = Callable[[str, int], None]
"""Gets a table, and how many further rows of it are done."""


@dataclass
class Inspection:
    """What is known of a file before its rows are imported."""

    header: Header
    checksum: str = ""
    tenant: Values = field(default_factory=dict)
    """The values of the tenant's own row."""
    users: list[Values] = field(default_factory=list)
    """The users that rows refer to."""


def read_header(path: Path) -> Header:
    """Return the header of a file."""
    with open_file(path) as file:
        return Reader(file).header


def check_revision(header: Header, revision: str) -> None:
    """Raise TenantDataError unless the file and the database have the same tables."""
    if header.revision != revision:
        raise TenantDataError(
            f"The file is of the database revision {header.revision}, and this database has {revision}. Import it into "
            f"an empty database of the revision {header.revision}, migrate that one, and export the tenant again."
        )


def inspect(path: Path, begin: Begin, progress: Progress) -> Inspection:
    """Read a whole file. Raises FileDamaged with the first line that cannot be imported."""
    with open_file(path) as file:
        reader = Reader(file)
        inspection = Inspection(reader.header)
        tables = tables_of_file()
        if list(reader.header.counts) != list(tables):
            raise FileDamaged(1, "does not name the tables of this version, in their order")
        begin(reader.header.counts)
        order, counts, position = list(tables), Counter[str](), 0
        for row in reader.rows():
            position = _check_order(row, order, position)
            _collect(inspection, row, decode_row(tables[row.table], row))
            counts[row.table] += 1
            progress(row.table, 1)
        inspection.checksum = reader.checksum
    _check_counts(inspection, counts, reader.line)
    return inspection


def decode_row(table: Table, row: Row) -> Values:
    """Return the values of a row by the names of its columns."""
    columns = columns_of_file(table)
    names = {column.name for column in columns}
    if row.values.keys() != names:
        wrong = ", ".join(sorted(names ^ row.values.keys()))
        raise FileDamaged(row.line, f"columns of {table.name} are missing or unknown: {wrong}")
    values = {}
    for column in columns:
        try:
            values[column.name] = decode_value(column, row.values[column.name])
        except InvalidValue as error:
            raise FileDamaged(row.line, f"{table.name}.{column.name} {error}") from None
    return values


def _check_order(row: Row, order: list[str], position: int) -> int:
    """Return the position of the row's table, which must not be before that of the previous row."""
    if row.table not in order:
        raise FileDamaged(row.line, f"there is no table {row.table}")
    found = order.index(row.table)
    if found < position:
        raise FileDamaged(row.line, f"rows of {row.table} must be before those of {order[position]}")
    return found


def _collect(inspection: Inspection, row: Row, values: Values) -> None:
    if row.table == "user":
        inspection.users.append(values)
    elif row.table == "tenant":
        if str(values["id"]) != inspection.header.id:
            raise FileDamaged(row.line, "is not the tenant that the header names")
        inspection.tenant = values


def _check_counts(inspection: Inspection, counts: Mapping[str, int], line: int) -> None:
    for table, expected in inspection.header.counts.items():
        if counts.get(table, 0) != expected:
            raise FileDamaged(line, f"there are {counts.get(table, 0):,} rows of {table}, not {expected:,}")
    if not inspection.tenant or counts["tenant"] != 1:
        raise FileDamaged(line, "there is no row of the tenant")
