"""Errors of commands: one line for each problem on standard error, and exit code 1 or that of the error."""

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

if TYPE_CHECKING:
    from services.core.errors import Problem


class CommandFailed(Exception):
    """A command cannot be completed. The text states the reason and the remedy."""

    exit_code = 1


class CommandGroup(TyperGroup):
    """The group of all commands. It prints the errors that an operator can fix; any other exception is a bug and keeps
    its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command and report its errors."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, TyperException, BrokenPipeError):
            raise
        except Exception as error:
            lines = describe_error(error)
            if not lines:
                raise
            for line in lines:
                typer.echo(f"allotment: {line}", err=True)
            raise typer.Exit(getattr(error, "exit_code", 1)) from None


def describe_error(error: Exception) -> list[str]:
    """Return a line for each problem, without SQL, values or passwords; no lines for an unexpected exception."""
    from sqlalchemy.exc import SQLAlchemyError

    from database.outage import CommitResultUnknown, DatabaseUnavailable
    from server.config.settings_error import SettingsError
    from services.core.errors import Rejected

    if isinstance(error, DatabaseUnavailable | CommitResultUnknown) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    match error:
        case SettingsError():
            return error.problems
        case Rejected():
            return [_describe_problem(problem) for problem in error.problems]
        case SQLAlchemyError():
            return [_describe_database_error(_first_line(getattr(error, "orig", None) or error))]
        case OSError():
            return [_describe_system_error(error)]
    return [str(error)] if isinstance(error, _readable_errors()) else []


def _readable_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions whose text is written for operators."""
    from database.citus import ConnectedToWorker, TenantNotPropagated
    from database.role import RoleBypassesRls
    from server.database_revision import DatabaseNotMigrated
    from server.distribution.refusals import DistributionRefused
    from server.tenant_data.errors import TenantDataError
    from services.core.errors import Conflict

    of_citus = (ConnectedToWorker, DistributionRefused, TenantNotPropagated)
    return (Conflict, CommandFailed, DatabaseNotMigrated, RoleBypassesRls, TenantDataError, *of_citus)


def _describe_problem(problem: "Problem") -> str:
    field = problem.field[-1] if problem.field else ""
    return f"{field.replace('_', ' ')}: {problem.message}" if field else problem.message


def _describe_database_error(message: str) -> str:
    from server.database_pooler import POOLER_REMEDY, is_pooler_symptom

    remedy = f" If a connection pooler answers, {POOLER_REMEDY}." if is_pooler_symptom(message) else ""
    return f"Database error: {message}{remedy}"


def _first_line(error: BaseException) -> str:
    """Return the driver's own message, without the class name that SQLAlchemy's adapters prepend."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].removeprefix(f"{type(error.__cause__)}: ")


def _describe_system_error(error: OSError) -> str:
    if isinstance(error, TimeoutError) and not error.strerror:
        return "The database did not respond in time."
    return f"{error.filename}: {error.strerror}" if error.filename else _first_line(error)
