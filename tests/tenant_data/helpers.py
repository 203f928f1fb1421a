"""Commands on tenants, their files, and the comparison of a tenant's rows before and after."""

import asyncio
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from typer.testing import Result

from models.log import LOG_ORDER
from server.tenant_data.files import open_file
from server.tenant_data.values import encode_line
from tests.support.command_line import CommandRunner
from tests.tenancy.tenant_rows import Dump

Lines = list[dict[str, Any]]
CHANGED_BY_IMPORT = {
    *(*LOG_ORDER, "hash", "merge_key", "revoked_at", "session_id"),
    *("secret", "previous_secret", "previous_secret_expires_at", "disabled_reason", "state"),
}
"""Columns that an import assigns."""


async def run(allotment: CommandRunner, *arguments: object, status: int = 0, **options: Any) -> Result:
    """Run `allotment tenant …` in a thread, because the command starts its own event loop."""
    result = await asyncio.to_thread(allotment, "tenant", *map(str, arguments), **options)
    assert result.exit_code == status, result.output
    return result


async def export(allotment: CommandRunner, file: Path, slug: str = "here") -> Path:
    """Export a tenant to a file."""
    await run(allotment, "export", slug, "--output", file)
    return file


async def erase(allotment: CommandRunner, slug: str = "here") -> Result:
    """Erase a tenant."""
    return await run(allotment, "erase", slug, "--yes")


def read_lines(file: Path) -> Lines:
    """Return the lines of a file."""
    with open_file(file) as lines:
        return [json.loads(line) for line in lines]


def write_lines(file: Path, lines: Iterable[dict[str, Any]]) -> Path:
    """Write the lines of a file with the right number of rows and checksum, also if the rows are invalid."""
    *rows, _ = lines
    encoded = [encode_line(line) for line in rows]
    digest = hashlib.sha256(b"".join(encoded)).hexdigest()
    end = encode_line({"end": {"rows": len(rows) - 1, "sha256": digest}})
    file.write_bytes(b"".join([*encoded, end]))
    return file


def rows_of(lines: Lines, table: str) -> Lines:
    """Return the rows of a table."""
    return [line["row"] for line in lines if line.get("table") == table]


def comparable(rows: Dump) -> Dump:
    """Return the rows of a tenant without what an import assigns, each log in its order."""
    for table in ("audit_entry", "event"):
        rows[table].sort(key=lambda row: tuple(row[name] for name in LOG_ORDER))
    return {
        table: [{name: value for name, value in row.items() if name not in CHANGED_BY_IMPORT} for row in found]
        for table, found in rows.items()
    }


def without_remains(rows: Dump) -> Dump:
    """Return the rows without the entry that says that a tenant was erased, which is the first one of the audit."""
    first, *others = rows["audit_entry"]
    assert first["action"] == "PRUNED", first
    return {**rows, "audit_entry": others}
