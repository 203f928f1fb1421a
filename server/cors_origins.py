"""`CORS_ORIGINS`: which sites' pages may call this server. Only to origins that are
named, and never to `*`, do browsers send the cookie with the refresh token (docs/auth.md)."""

import json
import re

LOCAL_ORIGINS = r"http://(localhost|127\.0\.0\.1)(:\d+)?"
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")


def split_origins(given: object) -> object:
    """A comma-separated list, or a JSON array, as a list; anything else is left for validation to judge."""
    if not isinstance(given, str):
        return given
    if not given.lstrip().startswith("["):
        return [part.strip() for part in given.split(",") if part.strip()]
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        raise ValueError('is not JSON; write ["https://app.example.com"] or https://app.example.com') from None


def checked_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """The origins as browsers send them: lower case, no slash at the end."""
    cleaned = tuple(origin.lower().removesuffix("/") for origin in origins)
    if "*" in cleaned and len(cleaned) > 1:
        raise ValueError("has * beside other origins; give * alone, or only the origins themselves")
    if cleaned != ("*",) and not all(_ORIGIN.fullmatch(origin) for origin in cleaned):
        raise ValueError("has something that is no origin; write https://app.example.com, without a path or wildcard")
    return cleaned
