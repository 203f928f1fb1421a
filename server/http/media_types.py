"""Media types of GraphQL requests and responses, and content negotiation."""

from functools import lru_cache
from typing import NamedTuple

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
EVENT_STREAM = "text/event-stream"
MULTIPART = "multipart/mixed"
"""Of subscriptions only with SUBSCRIPTION_SPEC: other multipart responses are those of `@defer`."""
SUBSCRIPTION_SPEC = "subscriptionspec=1.0"

_RESPONSE_TYPES = {GRAPHQL_JSON: GRAPHQL_JSON, JSON: JSON, "application/*": JSON, "*/*": JSON}
"""The media type to respond with, for each media range that a client may accept."""


MAX_CACHED_HEADERS = 256
MAX_CACHED_LENGTH = 200
"""In characters. Longer headers are parsed each time, so that the cache has few kilobytes."""


class AcceptedTypes(NamedTuple):
    """The media types that a client prefers. A stream is accepted only if the client lists its type by name."""

    response: str | None
    """Of a single result: a kind of JSON, or that of streams if the client accepts no JSON. None if it accepts nothing
    that the server can produce."""
    stream: str | None
    """Of the results of a subscription: EVENT_STREAM or MULTIPART; None if the client accepts neither."""


def negotiate_media_types(accept: str) -> AcceptedTypes:
    """Return the media types that an Accept header prefers."""
    return (_negotiate_cached if len(accept) <= MAX_CACHED_LENGTH else _negotiate)(accept)


def _negotiate(accept: str) -> AcceptedTypes:
    response, response_quality = None, 0.0
    stream, stream_quality = None, 0.0
    for media_range in accept.split(",") if accept.strip() else ["*/*"]:
        media_type, *parameters = (part.strip().lower() for part in media_range.split(";"))
        quality = next((parse_quality(parameter[2:]) for parameter in parameters if parameter.startswith("q=")), 1.0)
        if media_type in _RESPONSE_TYPES and quality > response_quality:
            response, response_quality = _RESPONSE_TYPES[media_type], quality
        elif _is_stream(media_type, parameters) and quality > stream_quality:
            stream, stream_quality = media_type, quality
    return AcceptedTypes(response or stream, stream)


_negotiate_cached = lru_cache(MAX_CACHED_HEADERS)(_negotiate)


def _is_stream(media_type: str, parameters: list[str]) -> bool:
    if media_type == MULTIPART:
        return SUBSCRIPTION_SPEC in (parameter.replace('"', "") for parameter in parameters)
    return media_type == EVENT_STREAM


def parse_quality(text: str) -> float:
    """Return the number of a `q` parameter; 0 if it is none."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def with_utf8_charset(media_type: str) -> str:
    """Return the media type with the charset parameter."""
    return f"{media_type}; charset=utf-8"
