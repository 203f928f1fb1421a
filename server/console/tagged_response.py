"""Responses with an entity tag, for clients that ask whether what they have is current."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from server.http.conditional import matches


def tagged_response(
    request: Request, body: bytes, headers: Mapping[str, str], media_type: str, *, version: str = ""
) -> Response:
    """Respond with a body and its entity tag, or with status 304 if the client has it already, of the same version."""
    entity_tag = f'"{sha256(version.encode() + body).hexdigest()[:32]}"'
    tagged = {**headers, "ETag": entity_tag}
    if matches(request.headers.get("If-None-Match", ""), entity_tag):
        return Response(status_code=304, headers=tagged)
    return Response(body, headers=tagged, media_type=media_type)


def json_response(request: Request, value: Mapping[str, Any], cache_control: str) -> Response:
    """Respond with JSON, and let the client revalidate it."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return tagged_response(request, body, {"Cache-Control": cache_control}, "application/json")
