"""Tools and their results, independent of the SDK of the protocol, which is loaded when it is needed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from server.graphql.outcome import refuse
from server.graphql.response_body import build_response_body
from server.mcp.exchange import McpExchange
from services.core.errors import BadInput


class ToolResult(NamedTuple):
    """What a tool returns: a JSON object, and whether it is an error."""

    content: dict[str, Any]
    is_error: bool = False

    @property
    def text(self) -> str:
        """The content as JSON."""
        return orjson.dumps(self.content).decode()


@dataclass(frozen=True)
class Tool:
    """A tool that agents call."""

    name: str
    title: str
    description: str
    input_schema: dict[str, Any]
    call: Callable[[McpExchange], Awaitable[ToolResult]]
    output_schema: dict[str, Any] | None = None
    is_read_only: bool = True


def describe_failure(error: Exception) -> ToolResult:
    """Return the result of a call that failed, with the code of the error. Unexpected errors are masked and logged."""
    return ToolResult(build_response_body(refuse(error)).entries, is_error=True)


def read_string(arguments: dict[str, Any], name: str, max_length: int) -> str:
    """Return an argument; raise BadInput if it is missing, empty, too long or no string."""
    value = arguments.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > max_length:
        raise BadInput(f"`{name}` must be a text of 1 to {max_length} characters.")
    return value


def check_names(arguments: dict[str, Any], input_schema: dict[str, Any]) -> None:
    """Raise BadInput if there is an argument that the schema does not have."""
    known = input_schema["properties"]
    if unknown := [name for name in arguments if name not in known]:
        raise BadInput(f"Unknown argument `{unknown[0][:100]}`. The arguments are: {', '.join(known) or 'none'}.")
