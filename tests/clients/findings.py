"""What the tools print about the schema or about code that they generate from it, and what of it is accepted."""

import re
from collections.abc import Iterable

EXCUSED_FINDINGS = {
    "ariadne-codegen": {
        r"generated_client/async_base_client\.py:\d+: error: ": (
            "the file is copied from ariadne-codegen's own package; nothing in it depends on the schema"
        ),
    },
}
"""Patterns of accepted findings by tool, each with the reason why the schema does not have to change."""


def problems(tool: str, findings: Iterable[str]) -> list[str]:
    """Return the findings of the tool that are not accepted, and the patterns that accept none of them."""
    lines, patterns = list(findings), EXCUSED_FINDINGS.get(tool, {})
    unexcused = [line for line in lines if not any(re.match(pattern, line) for pattern in patterns)]
    unused = [pattern for pattern in patterns if not any(re.match(pattern, line) for line in lines)]
    return unexcused + [f"accepts nothing: {pattern}" for pattern in unused]


def marked_lines(output: str, *marks: str) -> list[str]:
    """Return the lines that contain one of these marks of errors and warnings."""
    return [line for line in output.splitlines() if any(mark in line for mark in marks)]
