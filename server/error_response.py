"""A GraphQL error answered before, or instead of, GraphQL itself."""

from collections.abc import Mapping

from starlette.responses import JSONResponse


def error_response(
    status: int,
    code: str,
    message: str,
    *,
    headers: Mapping[str, str] | None = None,
    media_type: str = "application/json",
    **extensions: str,
) -> JSONResponse:
    """A response with one error, shaped like those of the schema."""
    error = {"message": message, "extensions": {"code": code, **extensions}}
    return JSONResponse({"errors": [error]}, status, headers, media_type)
