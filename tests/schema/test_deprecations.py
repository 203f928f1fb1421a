"""Deprecated elements of the schema are marked as such, with their reasons."""

import pytest

from schema.deprecations import DEPRECATIONS, set_deprecations
from schema.schema import build_schema

PATHS = ["Task.externalId", "Query.tasks(offset)", "CreateTaskInput.status", "TaskStatus.DONE"]
REASON = "Use another. It will be removed on 2027-06-30."


@pytest.mark.parametrize("path", PATHS)
def test_reason_is_in_the_schema(path: str) -> None:
    schema = build_schema()
    before = schema.as_str().count("@deprecated")
    set_deprecations(schema, {path: REASON})
    marked = [line for line in schema.as_str().splitlines() if f'@deprecated(reason: "{REASON}")' in line]
    assert len(marked) == 1
    assert before == len(DEPRECATIONS)


@pytest.mark.parametrize("path", ["Task", "Task.gone", "Gone.title", "Query.tasks(gone)", "CreateTaskInput.title(x)"])
def test_unknown_element_is_refused(path: str) -> None:
    with pytest.raises(LookupError, match="is deprecated, but not in the schema"):
        set_deprecations(build_schema(), {path: REASON})
