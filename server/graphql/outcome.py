"""The outcome of a request: a result and its cost, or why it is refused."""

from typing import NamedTuple

from graphql import ExecutionResult, GraphQLError

from server.graphql.cost_report import CostReport


class PartlyEncodedResult(ExecutionResult):
    """A large result. It contains objects that are encoded already."""


class Outcome(NamedTuple):
    """The result of an operation, and its cost if it was valid."""

    result: ExecutionResult
    cost: CostReport | None = None
    entity_tag: str | None = None
    """The entity tag of the response, if it is not that of its body."""
    is_current: bool = False
    """Whether the client has the current response, so that nothing was executed."""

    @property
    def was_charged(self) -> bool:
        """Whether the operation was valid, and within the budgets of its caller."""
        return self.cost is not None and self.cost.charge is not None


def refuse(error: Exception, message: str | None = None) -> ExecutionResult:
    """Return the result of an operation that is refused because of the error."""
    return ExecutionResult(None, [GraphQLError(message or str(error), original_error=error)])


def refuse_document(error: Exception) -> Outcome:
    """Return the outcome of a request whose document was not parsed."""
    if isinstance(error, RecursionError):
        return Outcome(refuse(error, "Nested too deeply."))
    report = CostReport()
    report.refuse(error)
    return Outcome(refuse(error), report)
