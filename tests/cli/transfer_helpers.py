"""Files to import, and what the tenants contain afterwards."""

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

from typer.testing import Result

from tests.support.app_fixture import TenantFixture
from tests.support.command_line import CommandRunner
from tests.support.sample_data import fetch_table


def write_csv(path: Path, *rows: dict[str, Any]) -> Path:
    """Write rows with the columns of the first one."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_json_lines(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def write_tasks(path: Path, count: int) -> Path:
    """Write tasks with the titles Task 0, Task 1 and so on; the description of each fifth one is too long."""
    rows = ({"title": f"Task {n}", "description": "x" * (2001 if n % 5 == 4 else 10)} for n in range(count))
    return write_csv(path, *rows)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


async def run_import(
    allotment: CommandRunner,
    file: Path | str,
    *options: str,
    noun: str = "task",
    tenant: str = "here",
    input: str | None = None,
) -> Result:
    """Import a file, in a thread, because the command starts its own event loop."""
    arguments = ("import", str(file), "--type", noun, "--tenant", tenant, *options)
    return await asyncio.to_thread(allotment, *arguments, input=input)


async def run_export(
    allotment: CommandRunner, output: Path, *options: str, noun: str = "task", tenant: str = "here"
) -> Result:
    """Export a noun to a file."""
    arguments = ("export", "--type", noun, "--tenant", tenant, "--output", str(output), *options)
    result = await asyncio.to_thread(allotment, *arguments)
    assert result.exit_code == 0, result.output
    return result


async def stored(tenant: TenantFixture, model: Any, *columns: str) -> list[Any]:
    """Return the values of columns of all rows of a tenant, in the order of their ids."""
    rows = sorted(await fetch_table(tenant, model), key=lambda row: row["id"].hex)
    return [tuple(row[name] for name in columns) if len(columns) > 1 else row[columns[0]] for row in rows]
