"""A request to /mcp while it is answered."""

from dataclasses import dataclass
from typing import Any

from database.authentication import Principal
from models.scopes import ApiKeyScope
from resolvers.context import Context
from server.graphql.cost_report import CostReport
from server.http.request import HttpRequest

SCOPE_KEY = "allotment.mcp_exchange"
"""The entry of the ASGI scope that contains the exchange."""
_WRITE_SCOPES = frozenset(scope.value for scope in ApiKeyScope if scope.value.endswith("_WRITE"))


@dataclass
class McpExchange:
    """A request of an authenticated agent, and what its response needs."""

    request: HttpRequest
    context: Context
    principal: Principal
    arguments: dict[str, Any]
    """The arguments of the tool that is called, decoded as those of /graphql are."""
    cost: CostReport | None = None
    """The cost of the operation that was executed."""
    was_charged: bool = False
    """Whether points were charged for the message, or refused because a budget has too few."""

    @property
    def may_write(self) -> bool:
        """Whether mutations may be run: only with an API key that has a scope to write."""
        scopes = self.principal.scopes if self.principal.api_key_id is not None else None
        return scopes is not None and not _WRITE_SCOPES.isdisjoint(scopes.split())
