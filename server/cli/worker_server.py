"""The uvicorn server of a worker process, which sends its supervisor a heartbeat."""

from contextlib import suppress
from socket import socket
from typing import TYPE_CHECKING

from server.cli.graceful_server import GracefulServer, ShutdownTimes
from server.cli.worker_channel import Channel
from server.connections.server_config import ServerConfig
from server.telemetry.metrics.family import Family, encode_families

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
        self.collect_metrics: Callable[[], list[Family]] = list
        """Returns the metrics of this process; nothing if there are none."""

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
        try:
            self._channel.flush()
            if counter % TICKS_PER_HEARTBEAT == 0:
                self._channel.offer("alive")
                self._offer_metrics()
        except BrokenPipeError:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        await super().shutdown(sockets)
        with suppress(BrokenPipeError):
            self._channel.flush()
            self._offer_metrics()

    def _offer_metrics(self) -> None:
        if families := self.collect_metrics():
            self._channel.offer("metrics", families=encode_families(families))
