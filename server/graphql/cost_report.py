"""What an operation was charged, for headers and extensions of the response."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from services.core.cost.budgets import Charge  # noqa: TC001 -- the annotation of an attribute
from services.core.cost.limits import BucketStatus

Result = TypeVar("Result")


class CostReport:
    """The points that an operation could cost, and those that it did cost. `refusal` is the status of the budgets if
    one of them refused the operation."""

    __slots__ = ("actual", "charge", "refusal", "requested")

    def __init__(self, requested: int) -> None:
        self.requested = requested
        self.actual = 0
        self.charge: Charge | None = None
        self.refusal: Sequence[BucketStatus] = ()

    @property
    def statuses(self) -> Sequence[BucketStatus]:
        """The status of the budgets that the operation is charged to."""
        return self.refusal if self.charge is None else self.charge.account.statuses

    def settle(self, actual: int) -> None:
        """Record what the operation did cost, and refund the rest."""
        self.actual = actual
        if actual != self.requested and self.charge is not None:
            self.charge.refund(self.requested - actual)

    def format_statuses(self, format_function: Callable[[Sequence[BucketStatus]], Result]) -> Result:
        """Return the formatted statuses, which may be a moment old."""
        return (
            format_function(self.refusal)
            if self.charge is None
            else self.charge.account.format_statuses(format_function)
        )

    def describe(self) -> dict[str, Any]:
        """Return `extensions.cost`."""
        remaining = min((status.remaining for status in self.statuses), default=None)
        return {"requested": self.requested, "actual": self.actual, "remaining": remaining}
