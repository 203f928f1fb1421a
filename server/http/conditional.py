"""Conditional GET requests: entity tags of responses, and status 304 for clients that have the current response.

server/graphql/entity_tags.py has the tags.
"""

from starlette.responses import Response

from server.graphql.entity_tags import Validator, contains_tag
from server.http.request import HttpRequest
from server.http.response_headers import Header

COST_HEADER = b"x-graphql-cost"
"""With the value `include`, the extensions of the result contain the cost of the operation."""
_REVALIDATE = (b"cache-control", b"private, no-cache")
"""The cache of the client, and no other, may store the response, but must ask each time whether it is current."""
_VARY = (
    b"vary",
    b"Authorization, Cookie, X-Tenant, X-Tenant-ID, Accept, X-GraphQL-Cost, X-Trace",
)
"""The headers of a request on which its response depends."""


def build_validator(request: HttpRequest, media_type: str) -> Validator | None:
    """Return what finds out whether the client has the current response; None if the response depends on the time: that
    is the cost of the operation, which contains the rest of the budget."""
    if request.method != "GET" or request.has(COST_HEADER):
        return None
    return Validator(request.header(b"if-none-match"), media_type)


def matches(if_none_match: str, entity_tag: str) -> bool:
    """Return whether an If-None-Match header contains the tag, or any."""
    return contains_tag(if_none_match, entity_tag) or any(tag.strip() == "*" for tag in if_none_match.split(","))


def cache_headers(entity_tag: str) -> list[Header]:
    """Return the headers with which the client may store the response."""
    return [(b"etag", entity_tag.encode()), _REVALIDATE, _VARY]


def not_modified(entity_tag: str) -> Response:
    """Build the response for a client that has the current body."""
    response = Response(status_code=304)
    response.raw_headers = cache_headers(entity_tag)
    return response
