"""The HTTP client of webhooks. It reads little of the responses."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from ssl import SSLContext

import aiohttp

from models.base import utc_now
from server.outbound_http import READ_ERRORS, ClientOptions, OutboundHttp, RequestFailed
from services.core.url_policy import UrlPolicy, UrlRefused

MAX_RESPONSE_BYTES = 4096
"""How much of a response is read."""
_MAX_DIGITS = 9


class SendFailed(Exception):
    """The endpoint could not be reached, or did not answer as HTTP. The message is for the owner of the webhook."""


@dataclass(frozen=True)
class Response:
    """The status of a response, the beginning of its body, and the seconds of its header Retry-After."""

    status: int
    body: str
    retry_after: float | None


Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[Response]]
"""Sends a delivery to a URL, with these headers."""


class WebhookClient:
    """Sends deliveries, from one event loop."""

    def __init__(self, urls: UrlPolicy, timeout: float, concurrency: int, tls: SSLContext | None = None) -> None:
        message = "The endpoint did not answer in time (WEBHOOK_TIMEOUT)."
        # The dispatcher limits the deliveries.
        self._http = OutboundHttp(urls, ClientOptions("Allotment-Webhooks", timeout, concurrency, message), tls)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send a delivery and return the response; raise SendFailed if there is none."""
        try:
            async with self._http.request("POST", url, data=body, headers=dict(headers)) as response:
                beginning = await _read_beginning(response)
                retry_after = _parse_retry_after(response.headers.get("Retry-After"))
                return Response(response.status, beginning, retry_after)
        except (UrlRefused, RequestFailed) as error:
            raise SendFailed(str(error)) from None

    async def close(self) -> None:
        """Close all connections."""
        await self._http.close()


async def _read_beginning(response: aiohttp.ClientResponse) -> str:
    """Read a part of the body, and close the connection if there is more. What cannot be read is left out: the status
    of the response counts."""
    parts: list[bytes] = []
    size = 0
    try:
        while size < MAX_RESPONSE_BYTES and (part := await response.content.read(MAX_RESPONSE_BYTES - size)):
            parts.append(part)
            size += len(part)
    except (*READ_ERRORS, TimeoutError):
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
