"""A GraphQL error answered before, or instead of, GraphQL itself."""

from __future__ import annotations

from starlette.responses import JSONResponse


def error_response(
    status: int, code: str, message: str, *, headers: dict[str, str] | None = None, **extensions: str
) -> JSONResponse:
    """A response with one error, shaped like those of the schema."""
    error = {"message": message, "extensions": {"code": code, **extensions}}
    return JSONResponse({"errors": [error]}, status, headers)
