"""The version of this program."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def program_version() -> str:
    """Return the version of the installed package; `unknown` in a checkout that is not installed."""
    try:
        return version("allotment")
    except PackageNotFoundError:
        return "unknown"
