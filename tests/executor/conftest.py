"""Fixtures that run operations with graphql-core and with plans."""

from functools import partial

import graphql
import pytest

import executor
from tests.executor.executor_helpers import OperationRunner, fail_on_fallback


@pytest.fixture(params=["graphql-core", "plan"])
def runner(request: pytest.FixtureRequest) -> OperationRunner:
    """Run operations with graphql-core, and with plans, which must not be abandoned if no field fails."""
    return OperationRunner(graphql.execute) if request.param == "graphql-core" else _build_plan_runner()


@pytest.fixture
def plan_runner() -> OperationRunner:
    """Run operations with plans only."""
    return _build_plan_runner()


def _build_plan_runner() -> OperationRunner:
    execute = partial(executor.execute, plan_cache=executor.PlanCache())
    return OperationRunner(execute, {"on_fallback": fail_on_fallback})
