"""Compares the answer that a document shows with the one that the server gives.

Ids, timestamps and the numbers of orders differ with every run, so only their form is compared. `…` in a text of the
document stands for anything.
"""

import re
from typing import Any

_FORMS = (
    re.compile(r"(?P<type>[a-z]+(?:_[a-z]+)*)_[0-9a-f]{32}"),
    re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"),
    re.compile(r"\d{6}-[0-9A-Z]{8}"),
)


def find_differences(shown: Any, actual: Any, path: str = "$") -> list[str]:
    """Return a line for each place where the actual value does not have the form of the one that is shown."""
    if isinstance(shown, dict) and isinstance(actual, dict):
        return _differences_of_objects(shown, actual, path)
    if isinstance(shown, list) and isinstance(actual, list):
        if len(shown) != len(actual):
            return [f"{path}: the document shows {len(shown)} elements, the server returned {len(actual)}"]
        pairs = enumerate(zip(shown, actual, strict=True))
        return [line for index, pair in pairs for line in find_differences(*pair, f"{path}[{index}]")]
    if isinstance(shown, str) and isinstance(actual, str):
        return [] if _is_alike(shown, actual) else [_describe(path, shown, actual)]
    return [] if type(shown) is type(actual) and shown == actual else [_describe(path, shown, actual)]


def _differences_of_objects(shown: dict[str, Any], actual: dict[str, Any], path: str) -> list[str]:
    missing = [f"{path}.{key}: the server did not return it" for key in shown.keys() - actual.keys()]
    extra = [f"{path}.{key}: the document does not show it" for key in actual.keys() - shown.keys()]
    common = (key for key in shown if key in actual)
    return (
        missing
        + extra
        + [line for key in common for line in find_differences(shown[key], actual[key], f"{path}.{key}")]
    )


def _is_alike(shown: str, actual: str) -> bool:
    if "…" in shown:
        return re.fullmatch(".*".join(map(re.escape, shown.split("…"))), actual, re.DOTALL) is not None
    for form in _FORMS:
        match = form.fullmatch(shown)
        if match:
            other = form.fullmatch(actual)
            return other is not None and other.groupdict() == match.groupdict()
    return shown == actual


def _describe(path: str, shown: Any, actual: Any) -> str:
    return f"{path}: the document shows {shown!r}, the server returned {actual!r}"
