"""A plugin of pytest that runs a sample of the tests: every n-th of them, in the order of their names, and one
that is always run."""

import os

import pytest

DIVISOR = "ALLOTMENT_TEST_DIVISOR"
"""The variable with n."""
REQUIRED = "ALLOTMENT_REQUIRED_TEST"
"""The variable with the name of a test that is always run."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect all tests but every n-th one. Neighbours are similar, so the sample contains each kind of test."""
    chosen = set(sorted(items, key=lambda item: item.nodeid)[:: int(os.environ[DIVISOR])])
    chosen |= {item for item in items if item.name.startswith(os.environ[REQUIRED])}
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = [item for item in items if item in chosen]
