"""The executor with which the suite runs."""

import os

import pytest


def is_executed_by_graphql_core() -> bool:
    """Return whether the suite runs with the other executor (tests/api/test_other_executor.py)."""
    return os.environ.get("ALLOTMENT_EXECUTOR") == "graphql-core"


needs_compiled_executor = pytest.mark.skipif(
    is_executed_by_graphql_core(),
    reason="graphql-core completes long lists in parts, each with its own statements",
)
