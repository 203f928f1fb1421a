"""Limits on the variables of an operation, checked before they are coerced to their types."""

from typing import Any

from services.core.errors import BadInput

MAX_VALUES = 20_000
MAX_LIST_LENGTH = 1_000


def check_variables(variables: dict[str, Any]) -> None:
    """Raise BadInput if the variables exceed a limit, or contain text that PostgreSQL cannot store."""
    count = 0
    pending: list[Any] = [variables]
    while pending:
        value = pending.pop()
        count += 1
        if count > MAX_VALUES:
            raise BadInput(f"The variables contain more than {MAX_VALUES:,} values.")
        pending += _nested_values(value)


def _nested_values(value: Any) -> list[Any]:
    if isinstance(value, str) and "\0" in value:
        raise BadInput("Text in variables may not contain NUL characters.")
    if isinstance(value, dict):
        return list(value.values())
    if not isinstance(value, list):
        return []
    if len(value) > MAX_LIST_LENGTH:
        raise BadInput(f"A list in the variables may have at most {MAX_LIST_LENGTH:,} elements.")
    return value
