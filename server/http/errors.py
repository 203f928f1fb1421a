"""Errors at the level of HTTP, before or instead of the execution of an operation."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from server.http.media_types import JSON
from server.http.response_headers import NO_STORE


class BadRequest(Exception):
    """The HTTP request is not a valid GraphQL request; the response has this status, message and headers."""

    def __init__(self, message: str, status: int = 400, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


def error_response(
    status: int,
    code: str,
    message: str,
    *,
    headers: Mapping[str, str] | None = None,
    media_type: str = JSON,
    **extensions: str | int,
) -> JSONResponse:
    """Build a response with one top-level GraphQL error and no data."""
    error = {"message": message, "extensions": {"code": code, **extensions}}
    response = JSONResponse({"errors": [error]}, status, headers, media_type)
    response.raw_headers.append(NO_STORE)
    return response


async def routing_error_response(request: Request, error: HTTPException) -> JSONResponse:
    """Build the response to a request for an unknown path, or with a method that the path does not support."""
    messages = {
        404: "There is nothing at this path. The endpoint is /graphql.",
        405: f"This path does not support the method {request.method}.",
    }
    message = messages.get(error.status_code, error.detail)
    return error_response(error.status_code, "BAD_USER_INPUT", message, headers=error.headers)
