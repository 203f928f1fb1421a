"""Aborts requests whose deadline has passed or whose client has disconnected.

Most requests end within milliseconds. So a request gets a task of its own only after WATCH_AFTER_SECONDS; before that
it costs two operations on a dict, and one timer serves all requests.
"""

from asyncio import Task, TimerHandle, create_task, get_running_loop, sleep, timeout_at

from starlette.types import Receive

from resolvers.context import Context

WATCH_AFTER_SECONDS = 0.05
CLIENT_DISCONNECTED = "The client disconnected."


class WatchedRequest:
    """A request that is being executed or waits for a place."""

    __slots__ = ("_context", "_receive", "started_at", "task")

    def __init__(self, receive: Receive, context: Context, started_at: float) -> None:
        self._receive = receive
        self._context = context
        self.started_at = started_at
        self.task: Task[None] | None = None
        """The task that watches the request."""

    async def watch(self, seconds: float) -> None:
        """Abort the request when its client disconnects or `seconds` after its start."""
        try:
            async with timeout_at(self.started_at + seconds):
                await self._disconnected()
        except TimeoutError:
            self._context.abort(f"The request was aborted after {seconds:g} seconds (REQUEST_TIMEOUT).")
        else:
            self._context.abort(CLIENT_DISCONNECTED)

    async def _disconnected(self) -> None:
        """Wait until the client has disconnected. A request without a body may still get an empty one."""
        for _ in range(2):
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return
        await sleep(float("inf"))  # the ASGI server does not report disconnects


class RequestWatch:
    """Watches the requests of one process."""

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._unwatched: dict[WatchedRequest, None] = {}
        """Requests that have just begun, the oldest first."""
        self._timer: TimerHandle | None = None

    def start(self, receive: Receive, context: Context) -> WatchedRequest:
        """Watch a request that has been received completely, until `finish`."""
        loop = get_running_loop()
        watched = WatchedRequest(receive, context, loop.time())
        self._unwatched[watched] = None
        if self._timer is None:
            self._timer = loop.call_later(WATCH_AFTER_SECONDS, self._start_watching)
        return watched

    def finish(self, watched: WatchedRequest) -> None:
        """Stop watching."""
        if watched.task is None:
            del self._unwatched[watched]
        else:
            watched.task.cancel()
            watched.task = None  # its exception refers to the request: a cycle would keep the request's rows in memory

    def _start_watching(self) -> None:
        """Watch the requests that are old enough, and look again when the next one is."""
        loop = get_running_loop()
        self._timer = None
        while self._unwatched:
            oldest = next(iter(self._unwatched))
            watched_at = oldest.started_at + WATCH_AFTER_SECONDS
            if watched_at > loop.time():
                self._timer = loop.call_at(watched_at, self._start_watching)
                return
            del self._unwatched[oldest]
            oldest.task = create_task(oldest.watch(self._timeout_seconds))
