"""Checks that the code runs from a checkout in which it can be developed."""

import os
from collections.abc import Iterator
from pathlib import Path

from server.cli.add_noun.formatting import find_ruff

CHANGED_FILES = (
    "models/__init__.py",
    "schema/nouns.py",
    "tests/support/noun_specs.py",
    "migrations/versions",
    "schema.graphql",
    "models",
    "schema",
)


def checkout_problems(root: Path) -> Iterator[str]:
    """Yield a line for each reason why this is no checkout for development."""
    paths = [root / name for name in CHANGED_FILES]
    missing = [path for path in paths if not path.exists()]
    read_only = [path for path in paths if path.exists() and not os.access(path, os.W_OK)]
    if missing or not (root / "pyproject.toml").exists():
        files = ", ".join(path.relative_to(root).as_posix() for path in missing) or "pyproject.toml"
        yield f"{root} is not a checkout of the source code ({files} is missing); run the command in one"
    if read_only:
        files = ", ".join(path.relative_to(root).as_posix() for path in read_only)
        yield f"{files} cannot be written; change the permissions, or run the command as the owner"
    if find_ruff() is None:
        yield "Ruff, which formats the code, is not installed; install the development requirements with: make check"
