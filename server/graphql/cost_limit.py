"""The limit on the cost of one operation, checked before it is executed."""

from typing import NamedTuple

from database.authentication import Credentials
from executor import AnalysisTooLarge
from server.config.operation_limits import OperationLimits
from server.graphql.found_operation import FoundOperation
from services.core.errors import BadInput


class CostExceeded(Exception):
    """The operations of a request can cost more points than their caller may request at once."""

    def __init__(self, requested: int, limit: "OperationCostLimit", subject: str = "The operation") -> None:
        super().__init__(
            f"{subject} can cost up to {requested:,} points; at most {limit.points:,} are allowed "
            f"({limit.setting}). Request smaller pages with `first` or `last`, or fewer nested lists."
        )
        self.requested = requested
        self.limit = limit.points


class OperationCostLimit(NamedTuple):
    """The most points that one operation may cost, and the setting that changes it."""

    points: int
    setting: str


class OperationCostLimits:
    """The limits on one operation, for each kind of caller."""

    def __init__(self, limits: OperationLimits) -> None:
        self._user = OperationCostLimit(limits.cost_user, "MAX_COST_USER")
        self._api_key = OperationCostLimit(limits.cost_api_key, "MAX_COST_API_KEY")
        self._anonymous = OperationCostLimit(limits.cost_anonymous, "MAX_COST_ANONYMOUS")

    def compute_cost(self, found: FoundOperation) -> int:
        """Return the most points that the operation can cost; raise CostExceeded if that exceeds the caller's limit.
        Callers are anonymous if their credentials are invalid."""
        is_anonymous, operation = found.buckets.is_anonymous, found.operation
        limit = self.limit_of(found.context.credentials, is_anonymous=is_anonymous)
        cost = operation.anonymous_cost if is_anonymous else operation.cost
        try:
            requested = cost.evaluate(found.request.variables)
        except AnalysisTooLarge:
            raise BadInput("The operation selects too many fields of interfaces.") from None
        if requested > limit.points:
            raise CostExceeded(requested, limit)
        return requested

    def check_total(self, total: int, credentials: Credentials, *, is_anonymous: bool) -> None:
        """Raise CostExceeded if the operations of a batch can cost more together than one operation may."""
        limit = self.limit_of(credentials, is_anonymous=is_anonymous)
        if total > limit.points:
            raise CostExceeded(total, limit, "The operations of the batch together")

    def limit_of(self, credentials: Credentials, *, is_anonymous: bool) -> OperationCostLimit:
        """Return the limit of a caller."""
        if is_anonymous:
            return self._anonymous
        return self._user if credentials.key_hash is None else self._api_key
