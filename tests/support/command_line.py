"""Runs `allotment` commands in this process."""

from collections.abc import Callable

from typer.testing import CliRunner, Result

from server.cli import app
from tests.support.server_process import build_environment

CommandRunner = Callable[..., Result]
"""`run(command, *arguments, input=None, **environment)` returns the exit code and the output."""


def command_runner(database_url: str) -> CommandRunner:
    """Return a function that runs commands on this database, and fails on an exception or a traceback."""

    def run(*arguments: str, input: str | None = None, **variables: str) -> Result:
        settings = build_environment(database_url, **{"ALLOTMENT_ENV": "test", "BCRYPT_ROUNDS": "4"} | variables)
        result = CliRunner().invoke(app, arguments, input=input, env=settings)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    return run
