"""Headers of responses, in the form of ASGI: they are appended to the headers without encoding them again."""

Header = tuple[bytes, bytes]

NO_STORE = (b"cache-control", b"no-store")
"""No cache may store the response. GraphQL responses contain tokens and data of one user."""
NO_SNIFF = (b"x-content-type-options", b"nosniff")
"""Browsers may not guess another media type from the content, such as HTML in an error message."""
VARY_ORIGIN = (b"vary", b"Origin")
"""The response to a request with an Origin header may have other headers."""
