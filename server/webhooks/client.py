"""The HTTP client of webhooks. It connects to permitted addresses only, follows no redirects and reads little."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from ssl import SSLContext
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from models.base import utc_now
from services.webhooks.addresses import UrlPolicy, UrlRefused

MAX_RESPONSE_BYTES = 4096
"""How much of a response is read."""
CONNECT_SECONDS = 5.0
_KEEP_ALIVE_SECONDS = 15.0
_MAX_DIGITS = 9
_ERRORS = (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError, UnicodeError)


class SendFailed(Exception):
    """The endpoint could not be reached, or did not answer as HTTP. The message is for the owner of the webhook."""


@dataclass(frozen=True)
class Response:
    """The status of a response, the beginning of its body, and the seconds of its header Retry-After."""

    status: int
    body: str
    retry_after: float | None


class AddressRefused(OSError):
    """The name of an endpoint has resolved to an address that is not permitted."""


class _Resolver(AbstractResolver):
    """Resolves names with the functions of the operating system, in threads of its own: names that take long delay
    nothing else. Each connection resolves once, and connects to what was checked."""

    def __init__(self, threads: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="webhook-dns")

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


Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[Response]]
"""Sends a delivery to a URL, with these headers."""


class WebhookClient:
    """Sends deliveries, from one event loop."""

    def __init__(self, urls: UrlPolicy, timeout: float, concurrency: int, tls: SSLContext | None = None) -> None:
        self._urls = urls
        self._timeout = timeout
        self._resolver = _Resolver(concurrency)
        self._tls = tls
        self._opened: aiohttp.ClientSession | None = None

    @property
    def _session(self) -> aiohttp.ClientSession:
        """The connections, which belong to the event loop of the first delivery."""
        if self._opened is None:
            self._opened = self._open_session()
        return self._opened

    def _open_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=0,  # the dispatcher limits the deliveries
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
            timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=CONNECT_SECONDS),
            headers={"User-Agent": "Allotment-Webhooks", "Accept-Encoding": "identity"},
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send a delivery and return the response; raise SendFailed if there is none."""
        try:
            self._urls.check_url(url)
            target = URL(url, encoded=True)
            async with self._session.post(target, data=body, headers=dict(headers), allow_redirects=False) as response:
                beginning = await _read_beginning(response)
                retry_after = _parse_retry_after(response.headers.get("Retry-After"))
                return Response(response.status, beginning, retry_after)
        except UrlRefused as error:
            raise SendFailed(str(error)) from None
        except TimeoutError:
            raise SendFailed("The endpoint did not answer in time (WEBHOOK_TIMEOUT).") from None
        except _ERRORS as error:
            raise SendFailed(_describe(error)) from None

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
            raise AddressRefused("The address of the host is not a public one (WEBHOOK_ALLOW_PRIVATE).")
        opened = socket.socket(family, kind, protocol)
        opened.setblocking(False)
        return opened


async def _read_beginning(response: aiohttp.ClientResponse) -> str:
    """Read a part of the body, and close the connection if there is more. What cannot be read is left out: the status
    of the response counts."""
    parts: list[bytes] = []
    size = 0
    try:
        while size < MAX_RESPONSE_BYTES and (part := await response.content.read(MAX_RESPONSE_BYTES - size)):
            parts.append(part)
            size += len(part)
    except (*_ERRORS, TimeoutError):
        response.close()
    if not response.content.at_eof():
        response.close()
    return _printable(b"".join(parts).decode(errors="replace"))


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() or character in "\n\t" else "\ufffd" for character in text)


def _parse_retry_after(value: str | None) -> float | None:
    """Return the seconds of the header, which contains a number of them or a date; None if it is malformed."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:_MAX_DIGITS])
    try:
        return max(0.0, (parsedate_to_datetime(value) - utc_now()).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _describe(error: Exception) -> str:
    """Describe a failure without the URL, which may be secret."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return _describe_connection(error)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "The endpoint has closed the connection without an answer."
    if isinstance(error, aiohttp.ClientResponseError):
        return "The answer of the endpoint is not HTTP."
    return f"The delivery could not be sent ({type(error).__name__})."


def _describe_connection(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return "The TLS certificate or the TLS connection of the endpoint is not valid."
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "The name of the host could not be resolved."
    if isinstance(error.os_error, AddressRefused):
        return str(error.os_error)
    return f"No connection: {error.os_error.strerror or type(error.os_error).__name__}."
