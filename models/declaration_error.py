"""The error of a wrong declaration, with the file and line of what is wrong."""

import inspect
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Any


class DeclarationError(Exception):
    """A model or a noun is declared wrongly. The server does not start."""

    def __init__(self, location: str, problem: str) -> None:
        super().__init__(f"{location}: {problem}")


def location_of_class(cls: type) -> str:
    """Return the file and line of a class."""
    try:
        return _format_location(inspect.getsourcefile(cls) or "", inspect.getsourcelines(cls)[1])
    except (OSError, TypeError):  # a class without a source file, such as one made in a test
        return f"{cls.__module__}.{cls.__qualname__}"


def location_of_caller(depth: int) -> str:
    """Return the file and line that call the function `depth` levels above the caller of this one."""
    # inspect.stack() would look for the source files of all frames, which takes longer than all other declarations.
    caller = inspect.currentframe()
    for _ in range(depth + 1):
        caller = caller.f_back if caller is not None else None
    return _format_location(caller.f_code.co_filename, caller.f_lineno) if caller is not None else "unknown"


def describe_unknown(name: str, known: Collection[str], what: str) -> str:
    """Say that a name is unknown, and name what is known."""
    close = get_close_matches(name, known, 1)
    hint = f"did you mean `{close[0]}`?" if close else f"it has {', '.join(f'`{other}`' for other in sorted(known))}."
    return f"{what} `{name}`; {hint}" if known else f"{what} `{name}`."


def require_field(model: Any, name: str) -> None:
    """Raise DeclarationError unless the model has a field of this name."""
    if name not in model.model_fields:
        problem = describe_unknown(name, model.model_fields, f"{model.__name__} has no field")
        raise DeclarationError(location_of_class(model), problem)


def _format_location(file: str, line: int) -> str:
    path = Path(file)
    project = Path(__file__).parents[1]
    return f"{path.relative_to(project) if path.is_relative_to(project) else path}:{line}"
