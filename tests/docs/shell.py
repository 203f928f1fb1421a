"""The commands of shell blocks: `curl` is sent to the application, and `allotment` must parse."""

import json
import re
import shlex
from dataclasses import dataclass, field
from typing import Any

import typer

from server.cli import app

IGNORED_COMMANDS = frozenset(
    {"cd", "export", "git", "make", "python3", ".venv/bin/pip", ".venv/bin/alembic", ".venv/bin/python", "npm", "node"}
)
"""Other commands that documents contain. They would change the machine or need files of the reader."""
_COMMENT = re.compile(r"(^| )# .*$", re.MULTILINE)
_ASSIGNED_OUTPUT = re.compile(r"([A-Z]+)=\$\((.*)\)\s*", re.DOTALL)
_ASSIGNMENT = re.compile(r"([A-Z]+)=(\S+)")


@dataclass
class CurlRequest:
    """The request that a `curl` command sends."""

    headers: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] | None = None
    """Of the URL; None for a POST."""
    body: Any = None
    variable: str = ""
    """The shell variable that is assigned."""
    path: list[str] = field(default_factory=list)
    """The path of the assigned value in the response."""


def split_commands(script: str) -> list[str]:
    """Return the commands of a script: lines, without comments, where quotation marks and backslashes join lines."""
    commands: list[str] = []
    pending = ""
    for line in _COMMENT.sub("", script.replace("\\\n", " ")).splitlines():
        pending = f"{pending}\n{line}" if pending else line
        if pending.count("'") % 2 == 0:
            commands.append(pending)
            pending = ""
    assert not pending, f"A quotation mark is not closed: {pending}"
    return [command for command in commands if command.strip()]


def parse_curl(command: str, variables: dict[str, str]) -> CurlRequest:
    """Return the request of a `curl` command, which may be assigned: `TOKEN=$(curl … | jq -r .data.accessToken)`."""
    assigned = _ASSIGNED_OUTPUT.fullmatch(command)
    for name, value in variables.items():
        command = command.replace(f"${name}", value)
    request = CurlRequest()
    if assigned:
        request.variable = assigned[1]
        command, _, jq = _ASSIGNED_OUTPUT.fullmatch(command)[2].partition("| jq -r .")  # type: ignore[index]
        request.path = jq.strip().split(".")
    words = iter(shlex.split(command)[1:])
    for word in words:
        _apply_option(request, word, words)
    return request


def _apply_option(request: CurlRequest, word: str, words: Any) -> None:
    if word == "-H":
        name, _, value = next(words).partition(": ")
        request.headers[name] = value
    elif word == "-d":
        request.body = json.loads(next(words))
    elif word == "-G":
        request.parameters = {}
    elif word == "--data-urlencode":
        name, _, value = next(words).partition("=")
        assert request.parameters is not None, "--data-urlencode is used with -G only"
        request.parameters[name] = value
    else:
        assert word == "-s" or word.startswith("http"), f"curl: unknown option {word}"


def parse_assignment(command: str) -> tuple[str, str] | None:
    """Return name and value of an assignment such as `U=http://localhost:8000/graphql`."""
    match = _ASSIGNMENT.fullmatch(command.strip())
    return (match[1], match[2]) if match else None


def check_command(command: str) -> None:
    """Fail if a command is neither known nor an `allotment` command that the command line accepts."""
    words = shlex.split(command, comments=True)
    if words[0] in {"allotment", ".venv/bin/allotment"}:
        try:
            _parse_arguments(typer.main.get_command(app), words[1:])
        except Exception as error:
            raise AssertionError(f"{command}: {error}") from error
    else:
        assert words[0] in IGNORED_COMMANDS, f"The tests do not know the command `{words[0]}`."


def _parse_arguments(group: Any, arguments: list[str]) -> None:
    """Parse the arguments of a command or of a command of a group, without running it."""
    context = group.make_context("allotment", list(arguments), resilient_parsing=False)
    while hasattr(group, "resolve_command"):
        name, group, rest = group.resolve_command(context, [*context._protected_args, *context.args])  # noqa: SLF001
        context = group.make_context(name, rest, parent=context)
