"""The name of this machine in URLs for browsers."""

_LOCAL_ADDRESSES = {"127.0.0.1", "0.0.0.0", "::1", "::"}  # noqa: S104 -- not bound


def browser_host(host: str) -> str:
    """Return the host of a URL for a browser on this machine. For browsers, 127.0.0.1 and localhost are two sites, and
    pages are usually opened as localhost."""
    return "localhost" if host in _LOCAL_ADDRESSES else host
