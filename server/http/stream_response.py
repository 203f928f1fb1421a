"""The response to a subscription: it sends results as they arrive, and heartbeats meanwhile."""

import socket
from asyncio import Task, Transport, create_task, get_running_loop, wait
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.config.settings import Settings
from server.http.encoded_response import CONTENT_TYPES, send_pieces
from server.http.http_subscription import HttpSubscription, SubscriptionEnded
from server.http.request_watch import CLIENT_DISCONNECTED
from server.http.response_headers import NO_STORE
from server.http.stream_encoder import StreamEncoder

if TYPE_CHECKING:
    from starlette.types import Message

    from server.http.result_messages import ResultMessage

TRANSPORT = "allotment.transport"
"""An extension of ASGI: the transport of the connection."""
CLOSE_SECONDS = 1
"""How long a client may take to receive the rest of a response that is cut off."""
UNBUFFERED = (b"x-accel-buffering", b"no")
"""nginx, and proxies that follow it, do not buffer the response."""


class StreamResponse(Response):
    """Sends the results of a subscription, and closes it. Each one waits until the client has received enough of those
    before.

    If the subscription is ended before its results are complete, the connection is closed within the body: clients must
    not take the response for a complete one.
    """

    def __init__(self, subscription: HttpSubscription, encoder: StreamEncoder, settings: Settings) -> None:
        self._subscription = subscription
        self._encoder = encoder
        self._format = encoder.format
        self._settings = settings
        self.status_code = 200
        self.background = None
        self.raw_headers = [CONTENT_TYPES[encoder.media_type], NO_STORE, UNBUFFERED]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watching = create_task(self._watch(receive))
        transport: Transport | None = (scope.get("extensions") or {}).get(TRANSPORT, {}).get("transport")
        if transport is not None:
            self._subscription.ended.add_done_callback(lambda _: _abort_later(transport))
            _limit_unacknowledged(transport, self._settings.send_timeout)
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await self._send_results(send)
        except SubscriptionEnded as ended:
            await self._cut_off(str(ended), send, transport, watching)
        finally:
            watching.cancel()
            await self._subscription.close()

    async def _watch(self, receive: Receive) -> None:
        """End the subscription when the client disconnects."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._subscription.end(CLIENT_DISCONNECTED)

    async def _send_results(self, send: Send) -> None:
        """Send results until they are complete; raise SubscriptionEnded if the subscription is ended."""
        message: ResultMessage | None = None
        await send(_body(self._format.start + self._format.heartbeat))
        while message is None or not message.ends_operation:
            try:
                message = await self._next_message()
            except StopAsyncIteration:
                break
            if message is None:
                await send(_body(self._format.heartbeat))
            else:
                await send_pieces(message.pieces, send)
                self._encoder.release_result()
        await send(_body(self._format.completion, more_body=False))

    async def _next_message(self) -> "ResultMessage | None":
        """Return the next message, None if a heartbeat is due. Raise StopAsyncIteration if the results are complete,
        SubscriptionEnded if the subscription is ended."""
        try:
            outcome = await self._subscription.next_result(self._settings.stream_heartbeat_interval)
            return None if outcome is None else await self._encoder.encode(outcome)
        except (StopAsyncIteration, SubscriptionEnded):
            raise
        except Exception as error:  # noqa: BLE001 -- reported to the client, since the response has begun
            return self._encoder.encode_exception(error)

    async def _cut_off(self, reason: str, send: Send, transport: Transport | None, watching: Task[None]) -> None:
        """Close the connection. A server without its transport can only end the response without a completion."""
        if reason is CLIENT_DISCONNECTED:
            return
        await send(_body(self._format.explain(reason), more_body=transport is not None))
        if transport is not None:
            transport.close()
            await wait({watching}, timeout=2 * CLOSE_SECONDS)  # or uvicorn would log that the response is incomplete


def _body(data: bytes, *, more_body: bool = True) -> "Message":
    return {"type": "http.response.body", "body": data, "more_body": more_body}


def _limit_unacknowledged(transport: Transport, seconds: float) -> None:
    """Let the kernel close the connection if the client acknowledges nothing for this time. Otherwise, that of a client
    that has disappeared would be retransmitted to for a quarter of an hour."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None:  # on Linux
        with suppress(OSError, AttributeError):  # a socket that is not one of TCP, or is closed
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, option, round(seconds * 1000))


def _abort_later(transport: Transport) -> None:
    """Abort the connection, unless it is closed before: a client that does not read could delay that."""
    get_running_loop().call_later(CLOSE_SECONDS, transport.abort)
