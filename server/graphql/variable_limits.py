"""Limits on the variables of an operation, checked before they are coerced to their types."""

from typing import Any

from services.core.errors import BadInput

MAX_VALUES = 20_000
MAX_LIST_LENGTH = 1_000


def check_variables(variables: dict[str, Any]) -> None:
    """Raise BadInput if the variables exceed a limit, or contain text that PostgreSQL cannot store."""
    count = 1
    pending: list[Any] = [variables]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            nested = value.values()
        else:
            _check_list_length(nested := value)
        count += len(nested)
        if count > MAX_VALUES:
            raise BadInput(f"The variables contain more than {MAX_VALUES:,} values.")
        for item in nested:
            if isinstance(item, str):
                if "\0" in item:
                    raise BadInput("Text in variables may not contain NUL characters.")
            elif isinstance(item, dict | list):
                pending.append(item)


def _check_list_length(value: list[Any]) -> None:
    if len(value) > MAX_LIST_LENGTH:
        raise BadInput(f"A list in the variables may have at most {MAX_LIST_LENGTH:,} elements.")
