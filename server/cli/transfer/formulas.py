"""Protection against formula injection: a spreadsheet evaluates a cell of a CSV file that begins with `=`, for example.

An apostrophe before such a text makes it plain text. It is also written before texts that begin with apostrophes and
would otherwise be equal to a protected text, so that removing one apostrophe always restores the original. Numbers are
harmless and remain numbers.
"""

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")


def protect(text: str) -> str:
    """Return the text with an apostrophe before it if a spreadsheet could evaluate it."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def unprotect(text: str) -> str:
    """Return the text without the apostrophe that `protect` has written."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
