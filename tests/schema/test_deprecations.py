"""Deprecated elements of the schema are marked as such, with their reasons."""

import pytest

from schema.deprecations import DEPRECATIONS, set_deprecations
from schema.schema import build_schema

PATHS = ["Task.externalId", "Query.tasks(offset)", "CreateTaskInput.status", "TaskStatus.DONE"]
REASON = "Use another. It will be removed on 2027-06-30."


def test_reasons_are_in_the_schema() -> None:
    schema = build_schema()
    before = schema.as_str().count("@deprecated")
    set_deprecations(schema, dict.fromkeys(PATHS, REASON))
    marked = [line for line in schema.as_str().splitlines() if f'@deprecated(reason: "{REASON}")' in line]
    assert len(marked) == len(PATHS)
    assert before == len(DEPRECATIONS)


def test_unknown_elements_are_refused() -> None:
    schema = build_schema()
    for path in ("Task", "Task.gone", "Gone.title", "Query.tasks(gone)", "CreateTaskInput.title(x)"):
        with pytest.raises(LookupError, match="is deprecated, but not in the schema"):
            set_deprecations(schema, {path: REASON})
