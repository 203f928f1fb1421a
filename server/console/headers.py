"""The headers that protect the console's page and files."""

from collections.abc import Iterable, Mapping

# Monaco uses inline styles, and GraphiQL's style sheet embeds fonts and icons as data URLs. Scripts and workers must be
# files of the build. `connect-src 'self'` includes WebSocket.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "worker-src 'self'; "
    "style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; "
    "img-src 'self' data:; "
    "connect-src 'self'; "
    "base-uri 'self'; "
    "form-action 'none'; "
    "frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,  # a worker obeys its own policy, not that of the page
    "Cross-Origin-Opener-Policy": "same-origin",  # a page that opens the console gets no reference to its window
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
}


def page_headers(token_origins: Iterable[str]) -> Mapping[str, str]:
    """Return the headers of a page that may also connect to these origins, the token endpoints of issuers."""
    sources = " ".join(["'self'", *sorted(set(token_origins))])
    policy = CONTENT_SECURITY_POLICY.replace("connect-src 'self'", f"connect-src {sources}")
    return {**SECURITY_HEADERS, "Content-Security-Policy": policy}
