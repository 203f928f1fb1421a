"""Conditional GET requests: entity tags of responses, and status 304 for clients that have the current response.

The tag of a response is a hash of its body. It is weak, because the body may be compressed or not.
"""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable

from starlette.responses import Response

from server.http.response_headers import Header

_DIGEST_BYTES = 16
_REVALIDATE = (b"cache-control", b"private, no-cache")
"""The cache of the client, and no other, may store the response, but must ask each time whether it is current."""
_VARY = (
    b"vary",
    b"Authorization, Cookie, X-Tenant, X-Tenant-ID, Accept, X-GraphQL-Cost",
)
"""The headers of a request on which its response depends."""


def compute_entity_tag(pieces: Iterable[bytes]) -> str:
    """Return the entity tag of a body."""
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for piece in pieces:
        digest.update(piece)
    return f'W/"{urlsafe_b64encode(digest.digest()).decode().rstrip("=")}"'


def matches(if_none_match: str, entity_tag: str) -> bool:
    """Return whether an If-None-Match header contains the tag. All our tags are weak, so W/ makes no difference."""
    opaque = entity_tag.removeprefix("W/")
    return any(tag.strip().removeprefix("W/") in (opaque, "*") for tag in if_none_match.split(","))


def cache_headers(entity_tag: str) -> list[Header]:
    """Return the headers with which the client may store the response."""
    return [(b"etag", entity_tag.encode()), _REVALIDATE, _VARY]


def not_modified(entity_tag: str) -> Response:
    """Build the response for a client that has the current body."""
    response = Response(status_code=304)
    response.raw_headers = cache_headers(entity_tag)
    return response
