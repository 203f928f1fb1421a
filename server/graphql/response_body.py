"""The body of a response to a GraphQL request, before it is encoded. All transports share it."""

from typing import Any, NamedTuple

from graphql import ExecutionResult, GraphQLError

from executor import drop_tracebacks
from server.graphql.errors import format_error, format_performed


class ResponseBody(NamedTuple):
    """The entries of the response. A request error is one that precedes the execution; then there is no `data`."""

    entries: dict[str, Any]
    is_request_error: bool = False


def build_response_body(result: ExecutionResult) -> ResponseBody:
    """Return the body of the response to an executed request, with formatted errors."""
    if not result.errors:
        return ResponseBody({"data": result.data})
    entries: dict[str, Any] = {"errors": [format_error(error) for error in result.errors]}
    drop_tracebacks(result.errors)
    is_request_error = result.data is None and _are_request_errors(result.errors)
    if not is_request_error:
        entries["data"] = result.data
    return ResponseBody(entries, is_request_error)


def omit_payloads(entries: dict[str, Any], reason: Exception) -> dict[str, Any]:
    """Return the response to mutations that were performed, but whose payloads cannot be sent: an error for each root
    field. Fields that failed keep their errors."""
    errors = [error for error in entries.get("errors", ()) if len(error.get("path", ())) == 1]
    failed = {error["path"][0] for error in errors}
    names = list(entries["data"])
    errors += [format_performed(name, reason, is_only=len(names) == 1) for name in names if name not in failed]
    return {"errors": errors, "data": dict.fromkeys(names)}


def _are_request_errors(errors: list[GraphQLError]) -> bool:
    """Return whether the errors precede execution. Then the response has no `data` entry, as the spec requires."""
    return not any(error.path for error in errors)
