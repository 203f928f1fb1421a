"""What an operation was charged, for headers and extensions of the response."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from server.graphql.cost_limit import CostExceeded
from services.core.cost.buckets import BucketStatus
from services.core.cost.budgets import Charge  # noqa: TC001 -- the annotation of an attribute
from services.core.errors import RateLimited

Result = TypeVar("Result")


class CostReport:
    """The points that an operation could cost, and those that it did cost. `refusal` is the status of the budgets if
    one of them refused the operation."""

    __slots__ = ("actual", "charge", "refusal", "requested")

    def __init__(self) -> None:
        self.requested = 0
        self.actual = 0
        self.charge: Charge | None = None
        self.refusal: Sequence[BucketStatus] = ()

    def refuse(self, error: Exception) -> None:
        """Record why the operation is not executed."""
        if isinstance(error, CostExceeded):
            self.requested = error.requested
        elif isinstance(error, RateLimited):
            self.refusal = error.buckets

    def settle(self, actual: int, abandoned: int = 0) -> None:
        """Record what the operation did cost, and refund the rest, except the points of abandoned executions."""
        self.actual = actual
        if actual != self.requested and self.charge is not None:
            self.charge.refund(self.requested - actual - abandoned)

    def derive_from_statuses(self, function: Callable[[Sequence[BucketStatus]], Result]) -> Result:
        """Return what the function returns for the statuses of the budgets, which may be a moment old."""
        if self.charge is None:
            return function(self.refusal)
        return self.charge.buckets.derive_from_statuses(function)

    def describe(self) -> dict[str, Any]:
        """Return `extensions.cost`."""
        statuses = self.refusal if self.charge is None else self.charge.buckets.statuses
        remaining = min((status.remaining for status in statuses), default=None)
        return {"requested": self.requested, "actual": self.actual, "remaining": remaining}
