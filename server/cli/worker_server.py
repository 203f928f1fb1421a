"""The uvicorn server of a worker process, which sends its supervisor a heartbeat."""

from socket import socket
from typing import TYPE_CHECKING

from server.cli.graceful_server import GracefulServer, ShutdownTimes
from server.cli.worker_channel import Channel
from server.connections.server_config import ServerConfig

if TYPE_CHECKING:
    from collections.abc import Callable

STOP_MARGIN_SECONDS = 4
"""For what follows the grace: one second for incomplete requests, and the end of background tasks and connections."""
TICKS_PER_HEARTBEAT = 10


class WorkerServer(GracefulServer):
    """A server that reports to its supervisor when it accepts connections, and then every second from its event loop.

    It stops if the supervisor has ended.
    """

    def __init__(self, config: ServerConfig, times: ShutdownTimes, channel: Channel, timeout: float) -> None:
        super().__init__(config, times)
        self._channel = channel
        self._timeout = timeout
        self.startup_error: Callable[[], Exception | None] = lambda: None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            if (error := self.startup_error()) is not None:
                raise error from None
            raise
        if self.started and not self.should_exit:
            times = self.times
            self._channel.send(
                "ready",
                stop_seconds=times.delay + times.grace + STOP_MARGIN_SECONDS,
                retire_seconds=times.retirement_delay + times.retirement_grace + STOP_MARGIN_SECONDS,
                timeout=self._timeout,
            )

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS_PER_HEARTBEAT == 0:
            try:
                self._channel.send_alive()
            except BrokenPipeError:
                self.should_exit = True
        return await super().on_tick(counter)
