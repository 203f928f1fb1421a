"""Tracebacks of errors."""

from collections.abc import Iterable


def drop_tracebacks(errors: Iterable[BaseException]) -> None:
    """Remove the tracebacks of errors and of their causes. A traceback refers to frames that refer to the error:
    without this cycle, all of it is freed at once, and not by a later run of the garbage collector."""
    pending: list[BaseException | None] = list(errors)
    while pending:
        error = pending.pop()
        if error is not None and error.__traceback__ is not None:
            error.__traceback__ = None
            pending += [error.__cause__, error.__context__, getattr(error, "original_error", None)]
