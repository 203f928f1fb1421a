"""Paths of this checkout. `.env`, the development secret and relative SQLite paths are resolved from PROJECT_ROOT."""

from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
CONSOLE_DIST = PROJECT_ROOT / "console" / "dist"
"""The output of `make console`; it does not exist before the first build."""
