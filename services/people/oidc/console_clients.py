"""The issuers that the console offers for signing in, as public clients: what a browser needs to know of them.

The endpoints are fetched in the background only (OpenID Connect Discovery 4), and never waited for.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from services.core.errors import IssuerUnavailable
from services.people.oidc.issuer import DISCOVERY_PATH, ConsoleClient, Issuer, JsonClient
from services.people.oidc.key_cache import REFRESH_SECONDS, RETRY_SECONDS

logger = logging.getLogger("allotment.oidc")

# The origin becomes a part of a Content-Security-Policy, and the URL is opened by browsers.
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?][!-\"$-~]{0,2000})?")


class InvalidDiscovery(Exception):
    """The discovery document of an issuer cannot be used. The message says why."""


@dataclass(frozen=True)
class SignInOption:
    """An issuer that the console can sign people in with."""

    issuer: str
    client: ConsoleClient
    authorization_endpoint: str
    token_endpoint: str

    @property
    def token_origin(self) -> str:
        """The origin that the browser sends the authorization code to."""
        parts = urlsplit(self.token_endpoint)
        return f"{parts.scheme}://{parts.netloc}"


class ConsoleClients:
    """The issuers that have a client for the console."""

    def __init__(self, issuers: Sequence[Issuer], client: JsonClient) -> None:
        self._caches = [_EndpointCache(each, each.console, client) for each in issuers if each.console is not None]

    @property
    def options(self) -> list[SignInOption]:
        """The issuers whose endpoints are known. Begins to fetch those that are unknown or old, without waiting."""
        return [option for cache in self._caches if (option := cache.find()) is not None]

    def start(self) -> None:
        """Fetch the endpoints of all issuers in the background."""
        for cache in self._caches:
            cache.begin()

    async def close(self) -> None:
        """Stop fetching."""
        for cache in self._caches:
            await cache.close()

    async def load_all(self) -> list[tuple[str, str | None]]:
        """Fetch the endpoints of all issuers; return their URLs and what failed, for `allotment doctor`."""
        for cache in self._caches:
            await cache.begin()
        return [(cache.issuer.url, cache.error) for cache in self._caches]


class _EndpointCache:
    """Fetches the endpoints of one issuer, at most once at a time, and keeps them in memory."""

    def __init__(self, issuer: Issuer, console: ConsoleClient, client: JsonClient) -> None:
        self.issuer = issuer
        self.error: str | None = None
        self._console = console
        self._client = client
        self._option: SignInOption | None = None
        self._due_at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    def find(self) -> SignInOption | None:
        if monotonic() >= self._due_at:
            self.begin()
        return self._option

    def begin(self) -> "asyncio.Task[None]":
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._fetch())
        return self._task

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _fetch(self) -> None:
        self._due_at = monotonic() + RETRY_SECONDS
        try:
            document = await self._client.fetch(self.issuer.url.removesuffix("/") + DISCOVERY_PATH)
            self._option = _read_option(self.issuer, self._console, document)
        except (IssuerUnavailable, InvalidDiscovery) as error:
            self.error = str(error)
            logger.warning("The console cannot offer the issuer %s: %s", self.issuer.url, error)
        except Exception as error:  # tried again later, as every other failure
            self.error = f"Unexpected error: {error!r}"
            logger.exception("The console cannot offer the issuer %s.", self.issuer.url)
        else:
            self._due_at, self.error = monotonic() + REFRESH_SECONDS, None


def _read_option(issuer: Issuer, console: ConsoleClient, document: Any) -> SignInOption:
    """Return what the document says. It must be of this issuer (OpenID Connect Discovery 4.3)."""
    if not isinstance(document, dict) or document.get("issuer") != issuer.url:
        raise InvalidDiscovery("The discovery document is that of another issuer.")
    endpoints = [_read_endpoint(issuer, document, name) for name in ("authorization_endpoint", "token_endpoint")]
    return SignInOption(issuer.url, console, *endpoints)


def _read_endpoint(issuer: Issuer, document: dict[str, Any], name: str) -> str:
    """Return a URL that browsers may open. It is encrypted, unless the issuer itself is not."""
    url = document.get(name)
    if not isinstance(url, str) or not _ENDPOINT.fullmatch(url):
        raise InvalidDiscovery(f"The discovery document has no usable {name}.")
    if url.startswith("http://") and issuer.url.startswith("https://"):
        raise InvalidDiscovery(f"The {name} in the discovery document does not begin with https://.")
    return url
