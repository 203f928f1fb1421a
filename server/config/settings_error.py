"""Errors of the settings: every problem at once, by the name of its variable, without any value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import ValidationError
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

# Replacements for pydantic's messages that do not tell an operator what to write.
_MESSAGES = {
    "bool_parsing": "must be true or false",
    "string_pattern_mismatch": "has characters that are not allowed",
}
_PATTERN_MESSAGES = {
    "application_name": "must be 1 to 63 letters, digits, dots, dashes or underscores",
    "cookie_path": "must be a path of letters, digits and . _ ~ / -, such as /graphql",
}
_PYDANTIC_SUBJECT = re.compile("(Input|String) should")
_DEPENDENT_DEFAULT = "default_factory_not_called"  # the default depends on another setting, which is invalid


class SettingsError(Exception):
    """The server cannot start with these settings. The text has a line `NAME: reason; remedy` for each problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def describe_validation_error(invalid: ValidationError, fields: Mapping[str, FieldInfo]) -> list[str]:
    """Return a line for each problem. `fields` supplies the ranges of numeric settings."""
    problems = invalid.errors(include_input=False, include_url=False)
    return [_describe_error(details, fields) for details in problems if details["type"] != _DEPENDENT_DEFAULT]


def describe_file_error(unreadable: OSError | UnicodeDecodeError, env_file: Path | None) -> str:
    """Return a line for `.env` or the file of the development secret, whichever could not be read."""
    if isinstance(unreadable, UnicodeDecodeError):
        return f"{env_file}: is not UTF-8 text; save it in this encoding"
    return f"{unreadable.filename or env_file}: {unreadable.strerror}; correct that, or set the variables themselves"


def _describe_error(details: ErrorDetails, fields: Mapping[str, FieldInfo]) -> str:
    name = str(details["loc"][0])
    error = details.get("ctx", {}).get("error")  # raised by a validator of Settings
    if error is not None:
        message = str(error)
    elif (field := fields.get(name)) is not None and field.annotation in {int, float}:
        message = _describe_range(field)
    elif details["type"] == "string_pattern_mismatch" and name in _PATTERN_MESSAGES:
        message = _PATTERN_MESSAGES[name]
    else:
        message = _PYDANTIC_SUBJECT.sub("must", _MESSAGES.get(details["type"], details["msg"]))
    return f"{name.upper()}: {message}"


def _describe_range(field: FieldInfo) -> str:
    """Return the requirement of a number, such as `must be a whole number from 0 to 65535`."""
    number = "a whole number" if field.annotation is int else "a number"
    return f"must be {number} from {_get_bound(field, 'ge')} to {_get_bound(field, 'le')}"


def _get_bound(field: FieldInfo, name: str) -> Any:
    return next(getattr(constraint, name) for constraint in field.metadata if hasattr(constraint, name))
