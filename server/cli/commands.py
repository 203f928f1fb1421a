"""How a command ends that cannot do what it was asked: one line a problem on standard error, and exit code 1."""

from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException


class Failed(Exception):
    """A command cannot do what it was asked. The text says why, and what to do."""


class Commands(TyperGroup):
    """The commands. What they raise and an operator can mend is explained; a bug keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, TyperException, BrokenPipeError):
            raise
        except Exception as error:
            from server.cli.failures import explained

            lines = explained(error)
            if not lines:
                raise
            for line in lines:
                typer.echo(f"allotment: {line}", err=True)
            raise typer.Exit(1) from None
