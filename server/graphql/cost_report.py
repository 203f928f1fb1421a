"""What an operation was charged, for headers and extensions of the response."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.core.cost.budgets import Charge
from services.core.cost.limits import BucketStatus


@dataclass
class CostReport:
    """The points that an operation could cost, and those that it did cost."""

    requested: int
    actual: int = 0
    charge: Charge | None = None
    refusal: Sequence[BucketStatus] = ()
    """The status of the budgets, if one of them refused the operation."""

    @property
    def statuses(self) -> Sequence[BucketStatus]:
        """The status of the budgets that the operation is charged to."""
        return self.refusal if self.charge is None else self.charge.statuses

    def settle(self, actual: int) -> None:
        """Record what the operation did cost, and refund the rest."""
        self.actual = actual
        if self.charge is not None:
            self.charge.refund(self.requested - actual)

    def describe(self) -> dict[str, Any]:
        """Return `extensions.cost`."""
        remaining = min((status.remaining for status in self.statuses), default=None)
        return {"requested": self.requested, "actual": self.actual, "remaining": remaining}
