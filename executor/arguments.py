"""The coerced arguments of a field."""

from collections.abc import Callable
from typing import Any, TypeVar

Derived = TypeVar("Derived")


class Arguments(dict[str, Any]):
    """The coerced arguments of a field. Executions with the same values of variables may share them, so they must not
    be changed."""

    _derived: tuple[Any, Any] | None = None

    def derive(self, function: Callable[["Arguments"], Derived]) -> Derived:
        """Return what the function returns for these arguments. It has no side effects, and what it returns must not be
        changed: the last result is remembered."""
        derived = self._derived
        if derived is None or derived[0] is not function:
            derived = self._derived = function, function(self)
        result: Derived = derived[1]
        return result
