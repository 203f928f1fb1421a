"""The headers of a request, and what follows from them alone.

The requests of a connection mostly have equal headers. So the server's protocol passes the same object with all of them
(server/connections/request_protocol.py); with other servers, each request has its own.
"""

from collections.abc import Sequence

from starlette.types import Scope

from database.authentication import Credentials  # noqa: TC001 -- the annotation of an attribute
from server.http.media_types import AcceptedTypes, negotiate_media_types
from server.http.response_headers import Header

HEAD = "allotment.head"
"""The key of the object in the scope of a request."""
_CONTENT_LENGTH = b"content-length"


class RequestHead:
    """The headers of a request by name. A search through the list of headers for each access would be slow.

    Content-Length is not part of it: `content_length` finds it in the headers of each request."""

    __slots__ = ("_accepted", "_headers", "_length_position", "by_name", "credentials", "has_repeated")

    def __init__(self, headers: Sequence[Header]) -> None:
        self._headers = list(headers)
        self.by_name: dict[bytes, bytes] = dict(reversed(self._headers))
        """The first value of each header by its lower-case name."""
        self.has_repeated = len(self.by_name) != len(self._headers)
        """Whether several headers have the same name."""
        self._length_position: int | None = None
        if self.by_name.pop(_CONTENT_LENGTH, None) is not None:
            self._length_position = [name for name, _ in self._headers].index(_CONTENT_LENGTH)
        self._accepted: AcceptedTypes | None = None
        self.credentials: Credentials | None = None
        """The credentials in the headers, once they are read, if they depend on no time but that when they expire."""

    def matches(self, headers: Sequence[Header]) -> bool:
        """Return whether the headers of another request are equal, apart from the length of its body."""
        known, position = self._headers, self._length_position
        if position is not None and position < len(headers) and headers[position][0] == _CONTENT_LENGTH:
            known[position] = headers[position]
        return headers == known

    def content_length(self, headers: Sequence[Header]) -> bytes:
        """Return the first Content-Length of a request with this head and these headers, empty if it has none."""
        return b"" if self._length_position is None else headers[self._length_position][1]

    @property
    def accepted(self) -> AcceptedTypes:
        """The media types that the client prefers."""
        if self._accepted is None:
            self._accepted = negotiate_media_types(self.by_name.get(b"accept", b"").decode("latin-1"))
        return self._accepted


def add_head(scope: Scope) -> RequestHead:
    """Build the head of a new request, and store it in its scope."""
    head = scope[HEAD] = RequestHead(scope["headers"])
    return head
