"""Entity tags (RFC 9110): what identifies a response, for clients that may have the current one.

All tags are weak, because a body may be compressed or not. There are two kinds: hashes of the body, and hashes of
everything on which the response depends, which are known without executing the query
(server/graphql/conditional_execution.py)."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import blake2b

_DIGEST_BYTES = 16


def build_entity_tag(parts: Iterable[bytes]) -> str:
    """Return the entity tag of these bytes, however they are divided into parts."""
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        digest.update(part)
    return f'W/"{urlsafe_b64encode(digest.digest()).decode().rstrip("=")}"'


def contains_tag(if_none_match: str, entity_tag: str) -> bool:
    """Return whether an If-None-Match header contains the tag. All our tags are weak, so W/ makes no difference."""
    opaque = entity_tag.removeprefix("W/")
    return any(tag.strip().removeprefix("W/") == opaque for tag in if_none_match.split(","))


class Validator:
    """Finds out whether the client of a request has the current response already.

    `representation` is what the response depends on besides the query, the caller and the data, such as its media
    type."""

    def __init__(self, if_none_match: str, representation: str) -> None:
        self.representation = representation
        self._if_none_match = if_none_match
        self.entity_tag: str | None = None
        """The tag of the response; None if it is not known before the response."""

    @property
    def is_current(self) -> bool:
        """Whether the client has the current response. (A `*` does not say that it has one.)"""
        return self.entity_tag is not None and contains_tag(self._if_none_match, self.entity_tag)

    @property
    def finding(self) -> tuple[str | None, bool]:
        """The tag of the response, and whether the client has it."""
        return self.entity_tag, self.is_current
