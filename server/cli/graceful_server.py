"""A uvicorn server that answers every request that arrived before it was stopped.

uvicorn alone resets the connections that it has not accepted yet, and those whose request it has not read yet.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from socket import socket
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.supervisors.multiprocess import Process

RECEIVE_ROUNDS = 50
RECEIVE_INTERVAL_SECONDS = 0.02
"""A shutdown waits this many intervals, one second, for requests that new connections have not sent completely."""


class GracefulServer(uvicorn.Server):
    """A server that accepts and reads all that has arrived before it shuts down. It ends with exit code 0."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._captured_signals.clear()  # uvicorn raises them again after the shutdown, which would set the exit code

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Close the listeners, and wait for running requests."""
        await self._accept_waiting_connections(sockets or [])
        await self._receive_requests()
        await super().shutdown(sockets)

    async def _accept_waiting_connections(self, listeners: list[socket]) -> None:
        """Close the listeners and serve the connections in their queues, which closing alone would reset."""
        accepted = [connection for listener in listeners for connection in _accept_all(listener)]
        for server in self.servers:
            server.close()
        for listener in listeners:
            listener.close()
        loop = asyncio.get_running_loop()
        for connection in accepted:
            with suppress(OSError):  # the client has gone
                await loop.connect_accepted_socket(self._create_protocol, connection)

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
            connections: list[Any] = [each for each in self.server_state.connections if hasattr(each, "cycle")]  # HTTP
            receiving = [connection for connection in connections if _is_receiving(connection)]
            for connection in connections:
                if connection not in receiving:
                    connection.shutdown()
            if not receiving:
                return


class WorkerProcess(Process):
    """A worker process of several."""

    @property
    def server(self) -> uvicorn.Server:
        if self._server is None:
            self._server = GracefulServer(self.config)
        return self._server


def _accept_all(listener: socket) -> Iterator[socket]:
    """Accept connections until the queue of the listener is empty."""
    listener.setblocking(False)
    with suppress(OSError):  # BlockingIOError if the queue is empty
        while True:
            with suppress(ConnectionAbortedError):
                connection, _ = listener.accept()
                connection.setblocking(False)
                yield connection


def _is_receiving(connection: Any) -> bool:
    """Return whether a connection has not sent its first request yet, or only a part of the next one's head."""
    cycle = connection.cycle
    return cycle is None or (cycle.response_complete and connection.scope is not cycle.scope)
