"""How long files and functions may be."""

import ast
from collections.abc import Iterator

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
"""Lines. The aim is half of it; from here on it must be split. Test functions may be as long as their story."""


def oversized(path: str, source: str) -> list[str]:
    """What is too long in a file."""
    return list(_oversized(path, source))


def _oversized(path: str, source: str) -> Iterator[str]:
    lines = len(source.splitlines())
    if lines > LONGEST_FILE:
        yield f"{path}: {lines} lines, at most {LONGEST_FILE}"
    for node in ast.walk(ast.parse(source)) if not path.startswith("tests/") else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{path}:{node.lineno}: {node.name} has {length} lines, at most {LONGEST_FUNCTION}"
