"""Formats source text with Ruff and the settings of the checkout, before anything is written."""

import shutil
import subprocess
import sys
from pathlib import Path


def find_ruff() -> str | None:
    """Return the path of Ruff in the environment of this Python, or None if it is not installed there."""
    return shutil.which("ruff", path=str(Path(sys.executable).parent))


def format_source(root: Path, path: str, source: str) -> str:
    """Sort the imports and the public names of a file, and format it."""
    fixes = ("check", "--fix-only", "--quiet", "--select", "I,RUF022")
    return _run_ruff(root, path, _run_ruff(root, path, source, *fixes), "format", "--quiet")


def _run_ruff(root: Path, path: str, source: str, *arguments: str) -> str:
    command = [find_ruff() or "ruff", *arguments, "--stdin-filename", path, "-"]
    completed = subprocess.run(  # noqa: S603 -- our own arguments
        command, input=source, cwd=root, capture_output=True, encoding="utf-8", check=False
    )
    if completed.returncode:
        raise RuntimeError(f"Ruff cannot format {path}: {completed.stderr}")
    return completed.stdout
