"""Files to import, and what the database contains afterwards."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from server.config.settings import Settings
from tests.cli.test_people import PASSWORD, fetch_rows
from tests.support.command_line import CommandRunner

IMPORT_TASKS = ("--type", "task", "--tenant", "first")


def create_tenants(allotment: CommandRunner, *slugs: str) -> None:
    """Create an owner, and tenants of this owner."""
    owner = "owner@example.test"
    allotment("create-user", owner, "--name", "Owner", "--password-stdin", input=PASSWORD)
    for slug in slugs:
        assert allotment("create-tenant", slug, "--slug", slug, "--owner", owner).exit_code == 0


def write_csv(path: Path, *rows: dict[str, Any]) -> Path:
    """Write rows with the columns of the first one."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_tasks(path: Path, count: int) -> Path:
    """Write tasks with the titles Task 0, Task 1 and so on."""
    return write_csv(path, *({"title": f"Task {n}", "priority": "HIGH"} for n in range(count)))


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def titles(settings: Settings) -> list[str]:
    """Return the titles of all tasks of all tenants, in the order of their ids. Only as a superuser of PostgreSQL."""
    return [title for (title,) in fetch_rows(settings, "SELECT title FROM task ORDER BY id")]


def run(allotment: CommandRunner, file: Path, *arguments: str, code: int = 0) -> Result:
    """Import tasks, and check the exit code."""
    result = allotment("import", str(file), *IMPORT_TASKS, *arguments)
    assert result.exit_code == code, result.output
    return result


__all__ = ["pytest"]
