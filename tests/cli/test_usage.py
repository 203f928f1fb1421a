"""Help and usage errors of the command line."""

import subprocess
import sys

import pytest

from server.cli import app
from server.config.paths import PROJECT_ROOT
from tests.support.command_line import command_runner

COMMANDS = (
    "serve", "migrate", "seed", "schema", "create-user", "create-tenant", "purge-inactive", "persist", "usage",
    "distribute", "doctor", "disable-two-factor", "verify-email", "import", "export",
)  # fmt: skip
GROUPS = {
    "events": ("verify", "rebuild"),
    "add": ("noun",),
    "audit": ("prune", "purge"),
    "tenant": ("export", "import", "erase"),
}
"""Commands with subcommands."""
DATABASE_COMMANDS = (
    "serve --demo",
    "serve",
    "migrate",
    "seed",
    "create-user ada@example.com --name Ada --password-stdin",
    "create-tenant Demo --slug demo --owner ada@example.com",
    "purge-inactive --before 2026-01-01",
    "doctor",
    "verify-email ada@example.com",
    "import - --type task --tenant demo --format csv",
    "export --type task --tenant demo",
    "events verify",
    "events rebuild",
    "audit prune --before 2026-01-01",
    "tenant export demo",
    "tenant erase demo --yes",
)
IN_MEMORY = "DATABASE_URL: is a database in memory, of which each connection would have its own"
MYSQL = "DATABASE_URL: names MySQL or MariaDB, which are not supported; use PostgreSQL, as postgresql://"


def test_help_lists_every_command() -> None:
    result = command_runner("sqlite://")("--help")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.split("Commands:\n")[1].splitlines()] == [*COMMANDS, *GROUPS]
    assert "completion" not in result.output
    assert len(app.registered_commands) == len(COMMANDS)


@pytest.mark.parametrize(
    "command", [*COMMANDS, *(f"{group} {name}" for group, names in GROUPS.items() for name in names)]
)
def test_every_command_has_help_with_examples(command: str) -> None:
    result = command_runner("sqlite://")(*command.split(), "--help")
    assert result.exit_code == 0
    assert "\x08" not in result.output
    examples = [line for line in result.output.splitlines() if line.startswith("  allotment ")]
    assert examples or command == "doctor"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unknown"],
        ["serve", "--port", "70000"],
        ["serve", "--workers", "0"],
        ["serve", "--reload", "--workers", "2"],
        ["create-tenant", "Demo"],
        ["create-user"],
        ["schema", "--check"],
        ["import", "tasks.csv"],
        ["import", "tasks.csv", "--type", "task", "--tenant", "demo", "--chunk", "1001"],
        ["export", "--type", "task"],
        ["add", "noun"],
        ["add", "noun", "Gizmo"],
        ["add", "noun", "Gizmo", "name:short_text", "--read", "anonymous"],
    ],
)
def test_usage_errors_exit_with_2(arguments: list[str]) -> None:
    result = command_runner("sqlite://")(*arguments)
    assert result.exit_code == 2
    assert "Usage: " in result.output or "Error: " in result.output


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite://", IN_MEMORY),
        ("sqlite+aiosqlite:///:memory:", IN_MEMORY),
        ("sqlite:///file::memory:?cache=shared", IN_MEMORY),
        ("mysql://u:hunter2@h/db", MYSQL),
        ("mariadb+mariadbconnector://u:hunter2@h/db", MYSQL),
    ],
)
@pytest.mark.parametrize("command", DATABASE_COMMANDS)
def test_unsupported_database_is_refused(command: str, url: str, reason: str) -> None:
    standard_input = "Correct-horse-1!\n" if "password" in command else "title\nDig\n"
    result = command_runner(url)(*command.split(), input=standard_input)
    assert result.exit_code == 1
    assert reason in result.output
    assert "hunter2" not in result.output


def test_help_does_not_import_the_server() -> None:
    code = "import sys, server.cli; print(*{'asyncio', 'pydantic', 'sqlalchemy', 'uvicorn'} & sys.modules.keys())"
    imported = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    assert imported.stdout.split() == []
