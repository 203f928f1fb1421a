"""Marks for tests that depend on the executor."""

import os

import pytest

needs_compiled_executor = pytest.mark.skipif(
    os.environ.get("ALLOTMENT_EXECUTOR") == "graphql-core",
    reason="graphql-core completes long lists in parts, each with its own statements",
)
