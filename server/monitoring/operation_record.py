"""What is recorded of an operation when it has ended."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from resolvers.context import Context
from server.graphql.cost_report import CostReport
from server.mcp.endpoint import MCP_PATHS

if TYPE_CHECKING:
    from server.graphql.document_operation import DocumentOperation

OK = "ok"
"""The outcome of an operation without top-level errors. Otherwise it is the code of the first error."""


class OperationRecord(NamedTuple):
    """An operation that has ended."""

    context: Context
    operation: "DocumentOperation | None"
    """None if the document was not found, or is invalid."""
    is_registered: bool
    """Whether the operator has registered the document."""
    outcome: str
    cost: CostReport | None
    seconds: float
    statements: int
    statement_seconds: float

    @property
    def was_accepted(self) -> bool:
        """Whether the operation was valid, and within the budgets of its caller."""
        charged = self.cost is not None and self.cost.charge is not None
        return self.operation is not None and (charged or self.outcome is OK)

    @property
    def client_name(self) -> str:
        """What the client calls itself; empty if it does not. An agent that does not is `mcp`."""
        return _header(self.context, b"x-client-name") or ("mcp" if self.transport == "mcp" else "")

    @property
    def transport(self) -> str:
        """What has carried the operation: `http`, `websocket` or `mcp`."""
        request = self.context.request
        if request is not None and request.scope["path"].removeprefix(request.scope.get("root_path", "")) in MCP_PATHS:
            return "mcp"
        return "http" if request is None else str(request.scope["type"])

    @property
    def client_version(self) -> str:
        """The version of the client; empty if it names none."""
        return _header(self.context, b"x-client-version")


MAX_LENGTH = 128
"""In characters: how much of a header is read."""


def _header(context: Context, name: bytes) -> str:
    value: str = "" if context.request is None else context.request.header(name)
    return value[:MAX_LENGTH]


Observer = Callable[[OperationRecord], None]
