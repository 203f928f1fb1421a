"""An HTTP client for URLs that others choose. It connects to permitted addresses only, and follows no redirects."""

import asyncio
import socket
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from services.core.url_policy import UrlPolicy

CONNECT_SECONDS = 5.0
_KEEP_ALIVE_SECONDS = 15.0
READ_ERRORS = (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError, UnicodeError)


class RequestFailed(Exception):
    """The server could not be reached, or did not answer as HTTP. The message does not contain the URL, which may be
    secret."""


class AddressRefused(OSError):
    """The name of a host has resolved to an address that is not permitted."""


class _Resolver(AbstractResolver):
    """Resolves names with the functions of the operating system, in threads of its own: names that take long delay
    nothing else. Each connection resolves once, and connects to what was checked."""

    def __init__(self, threads: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="outbound-dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._executor, _look_up, host, port, family)
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=each_family, proto=0, flags=0)
            for each_family, _, _, _, address in found
        ]

    async def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int, family: socket.AddressFamily) -> list[Any]:
    return socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)


@dataclass(frozen=True)
class ClientOptions:
    """The name of a client, the seconds until a response is complete, and how many names it resolves at once."""

    user_agent: str
    timeout: float
    concurrency: int
    timeout_message: str = "The endpoint did not answer in time."


class OutboundHttp:
    """Sends requests, from one event loop."""

    def __init__(self, urls: UrlPolicy, options: ClientOptions, tls: SSLContext | None = None) -> None:
        self._urls = urls
        self._options = options
        self._resolver = _Resolver(options.concurrency)
        self._tls = tls
        self._opened: aiohttp.ClientSession | None = None

    @property
    def _session(self) -> aiohttp.ClientSession:
        """The connections, which belong to the event loop of the first request."""
        if self._opened is None:
            self._opened = self._open_session()
        return self._opened

    def _open_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=0,  # the callers limit their requests
            use_dns_cache=False,
            ttl_dns_cache=None,
            resolver=self._resolver,
            socket_factory=self._open_socket,
            keepalive_timeout=_KEEP_ALIVE_SECONDS,
            ssl=self._tls or True,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            requote_redirect_url=False,
            timeout=aiohttp.ClientTimeout(total=self._options.timeout, sock_connect=CONNECT_SECONDS),
            headers={"User-Agent": self._options.user_agent, "Accept-Encoding": "identity"},
        )

    @asynccontextmanager
    async def request(self, method: str, url: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send a request. Raises UrlRefused if that is not permitted, and RequestFailed if there is no response, or if
        the block cannot read it."""
        self._urls.check_url(url)
        try:
            target = URL(url, encoded=True)
            async with self._session.request(method, target, allow_redirects=False, **options) as response:
                yield response
        except TimeoutError:
            raise RequestFailed(self._options.timeout_message) from None
        except READ_ERRORS as error:
            raise RequestFailed(_describe(error)) from None

    async def close(self) -> None:
        """Close all connections."""
        if self._opened is not None:
            await self._opened.close()
        await self._resolver.close()

    def _open_socket(self, address_info: Any) -> socket.socket:
        """Open the socket of a connection, after its address was resolved. No other place decides what is connected
        to: this also checks addresses in URLs, and each address of a name that has several."""
        family, kind, protocol, _, address = address_info
        if not self._urls.is_allowed(str(address[0])):
            raise AddressRefused(self._urls.refusal)
        opened = socket.socket(family, kind, protocol)
        opened.setblocking(False)
        return opened


def _describe(error: Exception) -> str:
    """Describe a failure without the URL, which may be secret."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return _describe_connection(error)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "The endpoint has closed the connection without an answer."
    if isinstance(error, aiohttp.ClientResponseError):
        return "The answer of the endpoint is not HTTP."
    return f"The request could not be sent ({type(error).__name__})."


def _describe_connection(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "The TLS certificate or the TLS connection of the endpoint is not valid."
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "The name of the host could not be resolved."
    if isinstance(error.os_error, AddressRefused):
        return str(error.os_error)
    return f"No connection: {error.os_error.strerror or type(error.os_error).__name__}."
