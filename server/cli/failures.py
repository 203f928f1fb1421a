"""What went wrong, in words for whoever runs the command. Nothing here shows a statement, a value or a password."""

from sqlalchemy.exc import SQLAlchemyError

from server.cli.commands import Failed
from server.database_role import UnboundRole
from server.migrate import DatabaseBehind
from server.settings import SettingsError
from services.errors import Conflict, Problem, Refused


def explained(error: Exception) -> list[str]:
    """A line a problem; none for what is nobody's fault but the program's."""
    match error:
        case SettingsError():
            return error.problems
        case Refused():
            return [_refusal(problem) for problem in error.problems]
        case Conflict() | Failed() | DatabaseBehind() | UnboundRole():
            return [str(error)]
        case SQLAlchemyError():
            return [f"The database refused: {_first_line(getattr(error, 'orig', None) or error)}"]
        case OSError():
            return [_system_error(error)]
    return []


def _refusal(problem: Problem) -> str:
    where = problem.field[-1] if problem.field else ""
    return f"{where.replace('_', ' ')}: {problem.message}" if where else problem.message


def _first_line(error: BaseException) -> str:
    """The driver's own sentence, without the class that SQLAlchemy's adapters put in front of it."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].removeprefix(f"{type(error.__cause__)}: ")


def _system_error(error: OSError) -> str:
    if isinstance(error, TimeoutError) and not error.strerror:
        return "The database did not answer in time."
    return f"{error.filename}: {error.strerror}" if error.filename else _first_line(error)
