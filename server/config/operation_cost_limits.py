"""The limits on the cost of one operation, in points."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OperationCostLimits:
    """The settings MAX_COST_USER, MAX_COST_API_KEY and MAX_COST_ANONYMOUS."""

    user: int = 250_000
    api_key: int = 250_000
    anonymous: int = 1_000


DEFAULT_OPERATION_COST_LIMITS = OperationCostLimits()
