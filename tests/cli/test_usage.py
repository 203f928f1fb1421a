"""What the command line says of itself."""

import pytest

from server.cli import app
from tests.support.command_line import on

COMMANDS = ("serve", "migrate", "seed", "schema", "create-user", "create-tenant", "purge-inactive", "doctor")
GROUPS = {"events": ("verify", "rebuild")}
"""Commands of commands."""


def test_help_lists_every_command() -> None:
    result = on("sqlite://")("--help")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.split("Commands:\n")[1].splitlines()] == [*COMMANDS, *GROUPS]
    assert "completion" not in result.output
    assert len(app.registered_commands) == len(COMMANDS)


@pytest.mark.parametrize("command", [*COMMANDS, *(f"{group} {each}" for group in GROUPS for each in GROUPS[group])])
def test_every_command_explains_itself(command: str) -> None:
    result = on("sqlite://")(*command.split(), "--help")
    assert result.exit_code == 0
    assert "\x08" not in result.output
    examples = [line for line in result.output.splitlines() if line.startswith("  allotment ")]
    assert examples or command == "doctor"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sow"],
        ["serve", "--port", "70000"],
        ["serve", "--workers", "0"],
        ["serve", "--reload", "--workers", "2"],
        ["create-tenant", "Demo"],
        ["create-user"],
        ["schema", "--check"],
    ],
)
def test_a_mistake_in_the_command_itself_ends_with_2(arguments: list[str]) -> None:
    result = on("sqlite://")(*arguments)
    assert result.exit_code == 2
    assert "Usage: " in result.output or "Error: " in result.output
