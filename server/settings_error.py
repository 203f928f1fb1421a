"""How unusable settings are reported: every problem at once, by the variable's name, without any value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

# Where pydantic's own words would not tell an operator what to write.
_WORDS = {
    "bool_parsing": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "string_pattern_mismatch": "must be 1 to 63 letters, digits, dots, dashes or underscores",
}
_MUST = re.compile("(Input|String) should")
_CONSEQUENCE = "default_factory_not_called"  # a default that waits for the others to be right


class SettingsError(Exception):
    """Settings the server cannot start with. The text has a line `NAME: what is wrong; what to do` a problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def problems_of(invalid: ValidationError) -> list[str]:
    """A line for each thing that is wrong."""
    found = invalid.errors(include_input=False, include_url=False)
    return [_problem(details) for details in found if details["type"] != _CONSEQUENCE]


def file_problem(unreadable: OSError | UnicodeDecodeError, env_file: Path | None) -> str:
    """A line for `.env` or the kept secret, whichever could not be opened or understood."""
    if isinstance(unreadable, UnicodeDecodeError):
        return f"{env_file}: is not UTF-8 text; save it again as that"
    return f"{unreadable.filename or env_file}: {unreadable.strerror}; correct that, or set the variables themselves"


def _problem(details: ErrorDetails) -> str:
    own = details.get("ctx", {}).get("error")
    words = str(own) if own is not None else _WORDS.get(details["type"], details["msg"])
    return f"{str(details['loc'][0]).upper()}: {_MUST.sub('must', words)}"
