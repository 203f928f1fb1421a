"""The refund of what an operation did not use."""

from types import SimpleNamespace
from typing import Any

import pytest

from server.graphql.cost_report import CostReport
from services.core.cost.budgets import Charge


@pytest.mark.parametrize(
    ("actual", "abandoned", "charged"), [(10, 0, 10), (100, 0, 100), (10, 20, 30), (60, 60, 100), (100, 100, 100)]
)
def test_abandoned_executions_are_charged_up_to_the_requested_cost(actual: int, abandoned: int, charged: int) -> None:
    lease = SimpleNamespace(points=0)
    buckets: Any = SimpleNamespace(leases=[lease])
    report = CostReport()
    report.requested, report.charge = 100, Charge(buckets, 100)
    report.settle(actual, abandoned)
    assert (report.actual, report.charge.points, lease.points) == (actual, charged, 100 - charged)
