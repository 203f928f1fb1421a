"""`CORS_ORIGINS`: the origins whose pages may call this server.

Browsers send the cookie with the refresh token to listed origins only, never to `*` (docs/auth.md).
"""

import json
import re

LOCAL_ORIGINS = r"http://(localhost|127\.0\.0\.1)(:\d+)?"
_ORIGIN_PATTERN = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def parse_origins(value: object) -> object:
    """Parse a comma-separated list or a JSON array; return any other type unchanged, for pydantic to validate."""
    if not isinstance(value, str):
        return value
    if not value.lstrip().startswith("["):
        return [part.strip() for part in value.split(",") if part.strip()]
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise ValueError('is not JSON; write ["https://app.example.com"] or https://app.example.com') from None


def validate_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """Return the origins as browsers send them, or raise ValueError."""
    normalized = tuple(map(normalize_origin, origins))
    if "*" in normalized and len(normalized) > 1:
        raise ValueError("has * beside other origins; write * alone, or list the origins without it")
    if normalized != ("*",) and not all(_ORIGIN_PATTERN.fullmatch(origin) for origin in normalized):
        raise ValueError("has a value that is not an origin; write https://app.example.com, without a path or wildcard")
    return normalized


def normalize_origin(text: str) -> str:
    """Return an origin as browsers send it: in lower case, without a trailing slash and the default port."""
    origin = text.lower().removesuffix("/")
    scheme, _, _ = origin.partition("://")
    return origin.removesuffix(_DEFAULT_PORTS.get(scheme, ""))
