"""One WebSocket: receives the messages of a client, and runs the operations that it subscribes to."""

import time
from asyncio import Future, TimerHandle, create_task, gather, get_running_loop
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from database.authentication import Credentials
from server.config.websocket_settings import WebSocketSettings
from server.http.caller_connections import CallerConnections, TooManyConnections, name_caller, name_network
from server.http.request_id import error_log
from server.http.request_watch import CLIENT_DISCONNECTED
from server.websocket.close import CloseCode, CloseSocket
from server.websocket.handshake import build_request_scope
from server.websocket.messages import ACKNOWLEDGED, encode_pong, parse_message
from server.websocket.operation_runner import OperationRunner
from server.websocket.running_operations import RunningOperations
from server.websocket.writer import FRAGMENT, SocketWriter
from services.people.tokens import LEEWAY_SECONDS

EXPIRY_DRAIN_SECONDS = 5
"""How long running operations may continue when the access token has expired."""


class Connection:
    """A WebSocket that was accepted."""

    def __init__(
        self, scope: Scope, send: Send, runner: OperationRunner, callers: CallerConnections, settings: WebSocketSettings
    ) -> None:
        self._handshake = scope
        self._runner = runner
        self._callers = callers
        self._settings = settings
        self._loop = get_running_loop()
        sends_fragments = FRAGMENT in scope.get("extensions", {})
        self._writer = SocketWriter(
            send, settings.max_websocket_unsent_bytes, self._close, sends_fragments=sends_fragments
        )
        self._operations = RunningOperations(
            runner, self._writer.send, settings.max_websocket_operations, self._become_idle
        )
        self._scope: Scope | None = None
        """The scope of the operations; None before `connection_init`."""
        self._is_acknowledged = False
        self._caller: str | None = None
        """To which the socket counts."""
        self._close_when_idle: CloseSocket | None = None
        self._closing: Future[CloseSocket | None] = self._loop.create_future()
        """How the server closes the socket; None if the client has closed it."""
        self._timer: TimerHandle | None = None
        """Closes the socket if it is not initialized in time, and later if it is idle."""
        self._expiry_timer: TimerHandle | None = None

    async def serve(self, receive: Receive) -> None:
        """Serve the client until one side closes the socket."""
        receiving = create_task(self._receive_messages(receive))
        init_timeout = CloseSocket(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout")
        self._timer = self._loop.call_later(self._settings.websocket_init_timeout, self._close, init_timeout)
        try:
            close = await self._closing
            receiving.cancel()  # not later: a slow client can delay the rest
            self._operations.cancel_all(CLIENT_DISCONNECTED)
            if close is not None:
                await self._writer.close(close)
        finally:
            self._close(None)
            receiving.cancel()
            self._stop_timers()
            self._count_for(None)
            self._operations.cancel_all(CLIENT_DISCONNECTED)
            await gather(receiving, self._operations.wait_until_stopped(), return_exceptions=True)

    async def _receive_messages(self, receive: Receive) -> None:
        try:
            self._count_for(name_network(self._client_host))
            while (message := await receive())["type"] != "websocket.disconnect":
                await self._handle(message)
            self._close(None)
        except CloseSocket as close:
            self._close(close)
        except Exception:  # noqa: BLE001 -- one socket must not affect others
            error_log.exception("Unexpected exception")
            self._close(CloseSocket(CloseCode.INTERNAL_ERROR, "Internal server error"))

    async def _handle(self, message: Message) -> None:
        if message["type"] == "websocket.shutdown":
            self._drain(CloseSocket(CloseCode.GOING_AWAY, "The server is shutting down"), message["seconds"])
            return
        parsed = parse_message(message)
        match parsed["type"]:
            case "connection_init":
                await self._initialize(parsed.get("payload"))
            case "subscribe":
                await self._subscribe(parsed["id"], parsed["payload"])
            case "complete":
                self._operations.cancel(parsed["id"], "The client has completed the operation.")
            case "ping":
                await self._writer.send([encode_pong(parsed.get("payload"))])

    async def _initialize(self, payload: dict[str, Any] | None) -> None:
        if self._scope is not None:
            raise CloseSocket(CloseCode.TOO_MANY_INITS, "Too many initialisation requests")
        self._stop_timers()
        self._scope = build_request_scope(self._handshake, payload)
        credentials = await self._runner.authenticate(self._scope)
        self._count_for(name_caller(credentials, self._client_host))
        self._await_expiry(credentials)
        self._is_acknowledged = True
        await self._writer.send([ACKNOWLEDGED])
        self._become_idle()

    async def _subscribe(self, operation_id: str, payload: dict[str, Any]) -> None:
        if not self._is_acknowledged or self._scope is None:
            raise CloseSocket(CloseCode.UNAUTHORIZED, "Unauthorized")
        await self._operations.start(operation_id, payload, self._scope)
        if self._timer is not None and self._operations:
            self._timer.cancel()

    def _become_idle(self) -> None:
        """Close the socket later, or now if its operations were being drained."""
        if self._operations or self._closing.done():
            return
        if self._close_when_idle is not None:
            self._close(self._close_when_idle)
            return
        if self._timer is not None:
            self._timer.cancel()
        seconds = self._settings.websocket_idle_timeout
        idle = CloseSocket(CloseCode.NORMAL, f"Idle for {seconds:g} seconds (WEBSOCKET_IDLE_TIMEOUT)")
        self._timer = self._loop.call_later(seconds, self._close, idle)

    def _await_expiry(self, credentials: Credentials) -> None:
        """Close the socket when its access token has expired."""
        if credentials.expires_at is not None:
            seconds = credentials.expires_at + LEEWAY_SECONDS - time.time()
            expired = CloseSocket(CloseCode.FORBIDDEN, "Forbidden: the access token has expired")
            self._expiry_timer = self._loop.call_later(seconds, self._drain, expired, EXPIRY_DRAIN_SECONDS)

    def _drain(self, close: CloseSocket, seconds: float) -> None:
        """Start no more operations, and close the socket when the running ones have ended."""
        if self._close_when_idle is None:
            self._close_when_idle = close
            self._operations.drain(seconds, f"{close}.")
            self._become_idle()

    def _count_for(self, caller: str | None) -> None:
        """Count the socket for this caller instead of the one before; raise CloseSocket if it has too many."""
        if caller == self._caller:
            return
        if caller is not None:
            try:
                self._callers.enter(caller)
            except TooManyConnections as error:
                raise CloseSocket(CloseCode.TRY_AGAIN_LATER, str(error)) from None
        if self._caller is not None:
            self._callers.leave(self._caller)
        self._caller = caller

    def _close(self, close: CloseSocket | None) -> None:
        """Close the socket, unless it is being closed already."""
        if not self._closing.done():
            self._closing.set_result(close)

    def _stop_timers(self) -> None:
        for timer in (self._timer, self._expiry_timer):
            if timer is not None:
                timer.cancel()

    @property
    def _client_host(self) -> str | None:
        client = self._handshake.get("client")
        return client[0] if client else None
