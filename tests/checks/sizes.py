"""Limits on the length of files and functions."""

import ast
from collections.abc import Iterator

MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 25
MAX_RESOLVER_LINES = 8
"""Lines of code of a body: without the signature, the docstring, comments and blank lines."""
EXCEPTIONS: dict[tuple[str, str], str] = {}
"""Functions that may be longer, by path and name, each with the reason."""

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


def oversized(path: str, source: str) -> list[str]:
    """Return a line for the file if it is too long and for each function that is too long. Tests may be long."""
    return list(_violations(path, source))


def _violations(path: str, source: str) -> Iterator[str]:
    lines = source.splitlines()
    if len(lines) > MAX_FILE_LINES:
        yield f"{path}: {len(lines)} lines, at most {MAX_FILE_LINES}"
    for node in ast.walk(ast.parse(source)) if not path.startswith("tests/") else ():
        if isinstance(node, AnyFunction) and (path, node.name) not in EXCEPTIONS:
            length, limit = code_lines(node, lines), max_lines(path)
            if length > limit:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines of code, at most {limit}"


def max_lines(path: str) -> int:
    """Return how many lines of code a function of this file may have."""
    return MAX_RESOLVER_LINES if path.startswith("resolvers/") else MAX_FUNCTION_LINES


def code_lines(function: AnyFunction, lines: list[str]) -> int:
    """Count the lines of code of a function's body."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    if not body:
        return 0
    text = [line.strip() for line in lines[body[0].lineno - 1 : function.end_lineno]]
    return sum(1 for line in text if line and not line.startswith("#"))


def unused_exceptions(sources: dict[str, str]) -> list[tuple[str, str]]:
    """Return the exceptions whose function does not exist or is short enough."""
    return [key for key in EXCEPTIONS if key not in _too_long(sources)]


def _too_long(sources: dict[str, str]) -> set[tuple[str, str]]:
    return {
        (path, node.name)
        for path, source in sources.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, AnyFunction) and code_lines(node, source.splitlines()) > max_lines(path)
    }
