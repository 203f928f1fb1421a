"""One operation of a WebSocket, from `subscribe` to `complete`."""

from asyncio import CancelledError, Task, current_task
from collections.abc import Awaitable, Callable
from typing import Any

from resolvers.context import Context
from server.graphql.outcome import Outcome
from server.graphql.result_stream import ResultStream
from server.http.result_messages import ResultMessage, encode_errors
from server.websocket.messages import OperationMessages, encode_complete

SendPieces = Callable[[list[bytes]], Awaitable[None]]


class Operation:
    """An operation that a client subscribed to. It sends nothing after its end."""

    context: Context

    def __init__(
        self, operation_id: str, payload: dict[str, Any], send: SendPieces, forget: Callable[[str], Any]
    ) -> None:
        self.id = operation_id
        self.payload = payload
        self.status = 200
        """The status in the access log, as of a request over HTTP."""
        self._send = send
        self._forget = forget
        self._has_ended = False
        self._abort_reason: str | None = None
        self._may_follow = True
        self._following: Task[Any] | None = None
        """The task that waits for the results of a subscription."""

    def begin(self, context: Context) -> None:
        """Note the context with which the operation is executed."""
        self.context = context
        if self._abort_reason is not None:
            context.abort(self._abort_reason)

    async def send(self, message: ResultMessage) -> None:
        """Send a result, unless the operation has ended."""
        if self._has_ended:
            return
        if message.ends_operation:
            self.status = message.status
            self._end()
        await self._send(message.pieces)

    async def fail(self, error: dict[str, Any]) -> None:
        """End the operation with an error that precedes its execution."""
        message = encode_errors(OperationMessages(self.id), [error])
        self.status = message.status  # also if the client has gone
        await self.send(message)

    async def complete(self) -> None:
        """Tell the client that no more results follow, unless the operation has ended."""
        if not self._has_ended:
            self._end()
            await self._send([encode_complete(self.id)])

    def cancel(self, reason: str) -> None:
        """End the operation without a message, as the client has asked for or because it has gone."""
        self._end()
        self.abort(reason)

    def abort(self, reason: str) -> None:
        """Stop the execution. Its result is an error, or what was performed before."""
        self._abort_reason = reason
        if hasattr(self, "context"):
            self.context.abort(reason)
        self.stop_following()

    def stop_following(self) -> None:
        """End the operation without a message if it is a subscription, now or when it has been opened: a client that
        receives no `complete` subscribes again."""
        self._may_follow = False
        if self._following is not None:
            self._end()
            self._following.cancel()

    async def follow(self, stream: ResultStream, send: Callable[[Outcome], Awaitable[None]]) -> None:
        """Call `send` with each result of a subscription until it ends or is stopped, and close it."""
        task = self._following = current_task()
        try:
            if not self._may_follow:
                self._end()
                return
            async for outcome in stream:
                await send(outcome)
        except CancelledError:
            if self._may_follow or task is None:
                raise
            task.uncancel()
        finally:
            self._following = None
            await stream.aclose()

    def _end(self) -> None:
        if not self._has_ended:
            self._has_ended = True
            self._forget(self.id)
