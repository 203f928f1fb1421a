"""The command line in this process."""

from collections.abc import Callable

from typer.testing import CliRunner, Result

from server.cli import app
from tests.support.server_process import environment

Allotment = Callable[..., Result]
"""`allotment(command, *arguments, input=None, **environment)`: how it ended and what it printed."""


def on(database_url: str) -> Allotment:
    """The command line on this database. No command may end with an exception, or show a traceback."""

    def run(*arguments: str, input: str | None = None, **more: str) -> Result:
        settings = environment(database_url, **{"ALLOTMENT_ENV": "test", "BCRYPT_ROUNDS": "4"} | more)
        result = CliRunner().invoke(app, arguments, input=input, env=settings)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result

    return run
