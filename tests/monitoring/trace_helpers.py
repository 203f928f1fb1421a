"""Requests with traces."""

from typing import Any

from tests.support.client import Client, GraphQLResponse

TRACED = {"X-Trace": "true"}


def traced(client: Client) -> Client:
    """Return a client that asks for traces."""
    return client.with_headers(**TRACED)


def trace_of(response: GraphQLResponse) -> dict[str, Any]:
    """Return the trace of a response."""
    trace: dict[str, Any] = response.body["extensions"]["trace"]
    return trace


def has_trace(response: GraphQLResponse) -> bool:
    """Return whether the response contains a trace."""
    return "trace" in response.body.get("extensions", {})


def paths(entries: list[dict[str, Any]]) -> list[Any]:
    """Return the paths of fields, statements or loads."""
    return [entry["path"] for entry in entries]
