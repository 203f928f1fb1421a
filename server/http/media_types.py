"""Media types of GraphQL requests and responses, and content negotiation."""

from functools import lru_cache

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"

_RESPONSE_TYPES = {GRAPHQL_JSON: GRAPHQL_JSON, JSON: JSON, "application/*": JSON, "*/*": JSON}
"""The media type to respond with, for each media range that a client may accept."""


MAX_CACHED_HEADERS = 256
MAX_CACHED_LENGTH = 200
"""In characters. Longer headers are parsed each time, so that the cache has few kilobytes."""


def negotiate_media_type(accept: str) -> str | None:
    """Return the media type that an Accept header prefers; None if it accepts none that the server can produce."""
    return (_negotiate_cached if len(accept) <= MAX_CACHED_LENGTH else _negotiate)(accept)


def _negotiate(accept: str) -> str | None:
    best, best_quality = None, 0.0
    for media_range in accept.split(",") if accept.strip() else ["*/*"]:
        media_type, *parameters = (part.strip().lower() for part in media_range.split(";"))
        quality = next((parse_quality(parameter[2:]) for parameter in parameters if parameter.startswith("q=")), 1.0)
        if media_type in _RESPONSE_TYPES and quality > best_quality:
            best, best_quality = _RESPONSE_TYPES[media_type], quality
    return best


_negotiate_cached = lru_cache(MAX_CACHED_HEADERS)(_negotiate)


def parse_quality(text: str) -> float:
    """Return the number of a `q` parameter; 0 if it is none."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def with_utf8_charset(media_type: str) -> str:
    """Return the media type with the charset parameter."""
    return f"{media_type}; charset=utf-8"
