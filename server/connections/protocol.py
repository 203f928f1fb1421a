"""The HTTP protocol of the server: deadlines for every stage of a connection, and a limit on connections.

Each connection has one timer. It is not restarted with each request: it runs until the deadline that it was started
for, and then until the current one. So a request costs a few assignments.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from server.connections import refusal
from server.connections.bounded_protocol import BETWEEN_REQUESTS, IN_BODY, IN_HEAD, BoundedHttpProtocol
from server.connections.refusal import Refusal
from server.connections.server_config import ServerConfig
from server.connections.unsent_bytes import count_unsent_bytes

if TYPE_CHECKING:
    from server.connections.registry import ClientNetwork

MAX_REJECTED_CONNECTIONS = 32
"""Beyond the limit, this number of connections get a response before they are closed; others are closed at once."""
MAX_DELAY_SECONDS = 0.5
"""If a timer is later than this, the process was busy, and data may have arrived that it could not read."""


class LimitedHttpProtocol(BoundedHttpProtocol):
    """A connection that is closed if the client does not send or receive in time."""

    def __init__(self, config: ServerConfig, *arguments: Any, **options: Any) -> None:
        super().__init__(config, *arguments, **options)
        self._registry = config.registry
        self._network: ClientNetwork | None = None
        """None if the connection is not counted."""
        self._is_rejected = False
        self._is_idle = False
        self._due: float | None = None
        """When the client must have sent what the current stage needs; None if it need not send."""
        self._due_stage = BETWEEN_REQUESTS
        self._window_body_bytes = 0
        """The bytes of the body that were received before the current window of BODY_TIMEOUT seconds."""
        self._send_due: float | None = None
        self._unsent_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        admitted = self._registry.admit(self.client[0] if self.client else "")
        if isinstance(admitted, Refusal):
            self._reject_connection(admitted)
            return
        self._network = admitted
        self._become_idle(self.limits.header_timeout)
        self._run_timer_until(self.loop.time() + self.limits.header_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._leave()
        self._stop_timer()
        if self._is_rejected:
            self._registry.rejected -= 1

    def handle_websocket_upgrade(self) -> None:
        """Count the connection until the WebSocket is closed."""
        self._stop_timer()
        if self._is_idle:
            self._become_busy()
        super().handle_websocket_upgrade()
        websocket: Any = self.transport.get_protocol()
        websocket.on_connection_lost = self._leave

    def _should_upgrade(self) -> bool:
        """Whether the request opens a WebSocket. If an earlier request of the connection runs, its response would be
        written into the WebSocket, so this one is treated as an ordinary request."""
        is_running = self.cycle is not None and not self.cycle.response_complete
        return super()._should_upgrade() and not is_running

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._due = None
        if self._is_idle:
            self._become_busy()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self.cycle is not None and self.cycle.response_complete:  # the response came before the end of the body
            self._become_idle(self.limits.keep_alive_timeout)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._stage:
            self._await_rest()
        elif self.cycle.response_complete:
            self._become_idle(self.limits.keep_alive_timeout)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._begin_send_window(self.loop.time())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._send_due = None

    def close_if_idle(self) -> bool:
        """Close the connection unless it still sends a response; return whether it is closed."""
        if self.transport.get_write_buffer_size():
            return False
        self._leave()
        self.transport.close()
        return True

    def _become_idle(self, seconds: float) -> None:
        self._due = self.loop.time() + seconds
        self._due_stage = BETWEEN_REQUESTS
        if self._network is not None:
            self._is_idle = True
            self._registry.mark_idle(self, self._network)

    def _become_busy(self) -> None:
        self._is_idle = False
        if self._network is not None:
            self._registry.mark_busy(self, self._network)

    def _leave(self) -> None:
        """Stop counting the connection."""
        self._is_idle = False
        if self._network is not None:
            self._registry.remove(self, self._network)
            self._network = None

    def _reject_connection(self, reason: Refusal) -> None:
        """Respond 503 to a connection beyond a limit, unless many others are being rejected."""
        if self._registry.rejected >= MAX_REJECTED_CONNECTIONS:
            self.transport.abort()
            return
        self._is_rejected = True
        self._registry.rejected += 1
        self._refuse(reason)
        self._run_timer_until(self.loop.time() + self.limits.send_timeout)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _await_rest(self) -> None:
        """Start the deadline of a head or a body, unless it runs."""
        if self._due is None or self._due_stage != self._stage:
            self._start_deadline()

    def _start_deadline(self) -> None:
        """Start the deadline of a head, or the next window of a body."""
        seconds = self.limits.header_timeout if self._stage == IN_HEAD else self.limits.body_timeout
        self._due = self.loop.time() + seconds
        self._due_stage = self._stage
        self._window_body_bytes = self._body_bytes
        self._run_timer_until(self._due)

    def _run_timer_until(self, time: float) -> None:
        """Make the timer end at this time, unless it ends earlier."""
        if self._timer is None:
            self._timer = self.loop.call_at(time, self._check)
        elif time < self._timer.when():
            self._timer.cancel()
            self._timer = self.loop.call_at(time, self._check)

    def _check(self) -> None:
        """Close the connection if a deadline has passed, and run the timer until the next one."""
        self._timer = None
        now = self.loop.time()
        is_closing = self.transport.is_closing()
        if (is_closing or self.flow.write_paused) and self._has_stopped_reading(now):
            self.transport.abort()
            return
        if is_closing:
            self._due = None
        elif self._due is not None and self._due <= now:
            self._expire(self._due, now)
        next_times = [now + self.limits.send_timeout, self._due, self._send_due]
        self._run_timer_until(max(now, min(time for time in next_times if time is not None)))

    def _has_stopped_reading(self, now: float) -> bool:
        """Return whether the client received too little of a response in the current window."""
        due = self._send_due
        if due is not None and due <= now < due + MAX_DELAY_SECONDS:
            needed = self.limits.body_rate * self.limits.send_timeout
            if count_unsent_bytes(self.transport) > self._unsent_bytes - needed:
                return True
        if due is None or due <= now:
            self._begin_send_window(now)
        return False

    def _begin_send_window(self, now: float) -> None:
        self._send_due = now + self.limits.send_timeout
        self._unsent_bytes = count_unsent_bytes(self.transport)
        self._run_timer_until(self._send_due)

    def _expire(self, due: float, now: float) -> None:
        """Close an idle connection, and refuse a request that did not arrive in time."""
        self._due = None
        if now > due + MAX_DELAY_SECONDS:
            self._due = now + MAX_DELAY_SECONDS
        elif self._stage and (self.pipeline or self.flow.read_paused):
            self._start_deadline()  # the server does not read at present
        elif self._is_idle:
            self._become_busy()
            self.transport.close()
        elif self._stage == IN_HEAD:
            self._refuse(refusal.head_too_slow(self.limits))
        elif self._stage == IN_BODY:
            self._check_body_rate()

    def _check_body_rate(self) -> None:
        if self._body_bytes - self._window_body_bytes < self.limits.body_rate * self.limits.body_timeout:
            self._refuse(refusal.body_too_slow(self.limits))
        else:
            self._start_deadline()
