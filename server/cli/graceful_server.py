"""A uvicorn server that answers every request that arrived before it was stopped.

uvicorn alone resets the connections that it has not accepted yet, and those whose request it has not read yet.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from socket import socket
from types import FrameType
from typing import Any

import uvicorn

from server.cli.sockets import ignore_new_connections
from server.connections.server_config import ServerConfig
from server.http.health import IS_STOPPING
from server.http.live_streams import END_STREAMS

log = logging.getLogger("allotment.server")

RECEIVE_ROUNDS = 50
RECEIVE_INTERVAL_SECONDS = 0.02
"""A shutdown waits this many intervals, one second, for requests that new connections have not sent completely."""
HANDSHAKE_SECONDS = 0.1
"""How long handshakes of TCP that have begun may take before the port is closed."""
DRAIN_INTERVAL_SECONDS = 0.1


@dataclass(frozen=True)
class ShutdownTimes:
    """How long the stages of a shutdown take, in seconds."""

    delay: float
    """Between SIGTERM and the closing of the port."""
    grace: float
    """For running requests, after the port is closed."""
    retirement_delay: float
    """For idle connections to a worker that has been replaced."""
    retirement_grace: float
    """For running requests of a worker that has been replaced."""


class GracefulServer(uvicorn.Server):
    """A server that accepts and reads all that has arrived before it shuts down. It ends with exit code 0."""

    config: ServerConfig

    def __init__(self, config: ServerConfig, times: ShutdownTimes) -> None:
        super().__init__(config)
        self.times = times
        self._is_retired = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._is_retired = False
        super().handle_exit(sig, frame)
        self._captured_signals.clear()  # uvicorn raises them again after the shutdown, which would set the exit code

    def retire(self) -> None:
        """Stop accepting connections, which other processes do from now on, and end when the open ones are closed."""
        if not self.should_exit:
            self._is_retired = self.should_exit = True

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Close the listeners, and wait for running requests."""
        listeners = sockets or []
        self.config.is_draining = True
        if self._is_retired:
            await self._retire(listeners)
        if not self._is_retired:  # SIGTERM may arrive during retirement
            await self._stop(listeners)
            self._end_streams()
        await self._receive_requests()
        await super().shutdown(sockets)

    async def _retire(self, listeners: list[socket]) -> None:
        """Answer one more request of each connection. A proxy might send one while the connection is being closed."""
        log.info("Retiring")
        self._close_listeners(listeners)
        self._end_streams()
        self.config.timeout_graceful_shutdown = round(self.times.retirement_grace)
        await self._serve_for(self.times.retirement_delay, lambda: self._is_retired and bool(self._connections()))

    async def _stop(self, listeners: list[socket]) -> None:
        """Report that the server is not ready, and after the delay, accept what has arrived and close the port."""
        self.lifespan.state[IS_STOPPING] = True
        if self.times.delay:
            log.info("Stopping in %g seconds", self.times.delay)
        await self._serve_for(self.times.delay, lambda: not self.force_exit)
        if any(ignore_new_connections(listener) for listener in listeners if listener.fileno() >= 0):
            await asyncio.sleep(HANDSHAKE_SECONDS)
        await self._accept_waiting_connections(listeners)

    async def _serve_for(self, seconds: float, condition: Callable[[], bool]) -> None:
        """Serve for this time, but only while the condition is true."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + seconds
        while loop.time() < ends_at and condition():
            await super().on_tick(0)  # updates the header Date
            await asyncio.sleep(DRAIN_INTERVAL_SECONDS)

    async def _accept_waiting_connections(self, listeners: list[socket]) -> None:
        """Close the listeners and serve the connections in their queues, which closing alone would reset."""
        accepted = [connection for listener in listeners for connection in _accept_all(listener)]
        self._close_listeners(listeners)
        loop = asyncio.get_running_loop()
        for connection in accepted:
            with suppress(OSError):  # the client has gone
                await loop.connect_accepted_socket(self._create_protocol, connection)

    def _close_listeners(self, listeners: list[socket]) -> None:
        for server in self.servers:
            server.close()
        for listener in listeners:
            listener.close()

    def _end_streams(self) -> None:
        """End the subscriptions over HTTP, which have no end of their own. Their clients connect to another process."""
        end_streams = self.lifespan.state.get(END_STREAMS)
        if end_streams is not None:
            end_streams()

    def _create_protocol(self) -> asyncio.Protocol:
        protocol: Any = self.config.http_protocol_class
        created: asyncio.Protocol = protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return created

    async def _receive_requests(self) -> None:
        """Read what has arrived. Close idle connections, and make running requests the last ones of theirs."""
        await asyncio.sleep(0)  # each iteration of the event loop reads from every connection with data
        for _ in range(RECEIVE_ROUNDS):
            await asyncio.sleep(RECEIVE_INTERVAL_SECONDS)
            await asyncio.sleep(0)
            connections = self._connections()
            receiving = [connection for connection in connections if _is_receiving(connection)]
            for connection in connections:
                if connection not in receiving:
                    connection.shutdown()
            if not receiving:
                return

    def _connections(self) -> list[Any]:
        """Return the open HTTP connections."""
        return [each for each in self.server_state.connections if hasattr(each, "cycle")]


def _accept_all(listener: socket) -> Iterator[socket]:
    """Accept connections until the queue of the listener is empty."""
    with suppress(OSError):  # BlockingIOError if the queue is empty, or the listener is closed already
        listener.setblocking(False)
        while True:
            with suppress(ConnectionAbortedError):
                connection, _ = listener.accept()
                connection.setblocking(False)
                yield connection


def _is_receiving(connection: Any) -> bool:
    """Return whether a connection has not sent its first request yet, or only a part of the next one's head."""
    cycle = connection.cycle
    return cycle is None or (cycle.response_complete and connection.scope is not cycle.scope)
