"""Texts of SQL statements without the values in them, for traces."""

import re
from functools import lru_cache

_LITERAL = re.compile(r"'(?:[^']|'')*'|(?<![\w$.])\d+(?:\.\d+)?\b")
_ARGUMENTS = re.compile(r"\([^)]*\)")


def statement_text(statement: str) -> str:
    """Return the text of a statement without any value: most are parameters, the others are replaced."""
    if statement.startswith("EXECUTE "):  # its arguments differ in each request, so it is not cached
        return _ARGUMENTS.sub("", statement)
    return _without_literals(statement)


@lru_cache(1000)
def _without_literals(statement: str) -> str:
    return _LITERAL.sub("?", statement)
