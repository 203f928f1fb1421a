"""What the variables of an operation may hold, whatever their types: found out before they are coerced."""

from typing import Any

from services.errors import BadInput

MOST_VALUES = 20_000
LONGEST_LIST = 1_000


def check_variables(variables: dict[str, Any]) -> None:
    """BadInput if they hold too much, or text that PostgreSQL cannot keep."""
    seen = 0
    pending: list[Any] = [variables]
    while pending:
        value = pending.pop()
        seen += 1
        if seen > MOST_VALUES:
            raise BadInput(f"The variables hold too much: at most {MOST_VALUES:,} values.")
        pending += _inside(value)


def _inside(value: Any) -> list[Any]:
    if isinstance(value, str) and "\0" in value:
        raise BadInput("Text in variables may not contain NUL characters.")
    if isinstance(value, dict):
        return list(value.values())
    if not isinstance(value, list):
        return []
    if len(value) > LONGEST_LIST:
        raise BadInput(f"A list in the variables may have at most {LONGEST_LIST:,} elements.")
    return value
