"""Both executors, for tests that hold for either."""

from functools import partial

import graphql
import pytest

import executor
from tests.executor.ways import Way, never


@pytest.fixture(params=["graphql-core", "plan"])
def way(request: pytest.FixtureRequest) -> Way:
    """Executes with graphql-core, or with plans of the test's own; where no field fails, there must be one."""
    if request.param == "graphql-core":
        return Way(graphql.execute)
    return Way(partial(executor.execute, plans=executor.Plans()), {"on_fallback": never})


@pytest.fixture
def planned() -> Way:
    """Executes with plans only."""
    return Way(partial(executor.execute, plans=executor.Plans()), {"on_fallback": never})
