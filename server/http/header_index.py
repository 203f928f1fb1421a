"""The headers of a request by name. A search through the list of headers for each access would be slow."""

from starlette.types import Scope

_KEY = "allotment.headers"


def index_headers(scope: Scope) -> dict[bytes, bytes]:
    """Return the first value of each header by its lower-case name. Built once per request, and stored in its scope."""
    index: dict[bytes, bytes] | None = scope.get(_KEY)
    return add_index(scope) if index is None else index


def add_index(scope: Scope) -> dict[bytes, bytes]:
    """Build the index of a new request, and store it in its scope."""
    index = scope[_KEY] = dict(reversed(scope["headers"]))
    return index
