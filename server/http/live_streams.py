"""The subscriptions over HTTP of one process: opening them within the limits, and ending all at a shutdown."""

from functools import partial

from resolvers.context import Context
from server.config.settings import Settings
from server.graphql.outcome import Outcome
from server.graphql.request import GraphQLRequest
from server.graphql.result_stream import OpenStream, ResultStream
from server.http.caller_connections import CallerConnections, name_caller
from server.http.http_subscription import HttpSubscription
from server.http.overloaded import Overloaded
from server.http.request import HttpRequest
from server.http.result_messages import ResultEncoder
from server.http.stream_encoder import StreamEncoder
from server.http.stream_response import StreamResponse

END_STREAMS = "end_streams"
"""The key in the state of the ASGI lifespan of the function with which the server ends all subscriptions."""
SHUTTING_DOWN = "The server is shutting down: subscribe again."


class LiveStreams:
    """Opens subscriptions, and counts each of them to its caller until it is closed."""

    def __init__(
        self,
        callers: CallerConnections,
        encoder: ResultEncoder,
        settings: Settings,
        open_stream: OpenStream,
    ) -> None:
        self._callers = callers
        self._encoder = encoder
        self._settings = settings
        self._open_stream = open_stream
        self._open: set[HttpSubscription] = set()
        self._is_ending = False

    async def open(self, request: GraphQLRequest, context: Context) -> Outcome | HttpSubscription:
        """Open a subscription. Return the outcome if it is refused; raise TooManyConnections or Overloaded if it is
        beyond a limit, RequestAborted if it was aborted."""
        if self._is_ending:
            raise Overloaded(SHUTTING_DOWN)
        caller = name_caller(context.credentials, context.client_host)
        self._callers.enter(caller)
        opened: Outcome | ResultStream | None = None
        try:
            opened = await self._open_stream(request, context)
        finally:
            if opened is None or isinstance(opened, Outcome):
                self._callers.leave(caller)
        if isinstance(opened, Outcome):
            return opened
        subscription = HttpSubscription(opened, context, partial(self._forget, caller))
        self._open.add(subscription)
        if self._is_ending:
            subscription.end(SHUTTING_DOWN)
        if context.signal.reason is not None:
            await subscription.close()
            context.signal.check()
        return subscription

    def respond(self, request: HttpRequest, subscription: HttpSubscription, media_type: str) -> StreamResponse:
        """Build the response to a subscription that was opened."""
        request.retain_memory()
        return StreamResponse(subscription, StreamEncoder(self._encoder, request, media_type), self._settings)

    def end_all(self) -> None:
        """End all subscriptions, and open no more. Their clients subscribe again, at another process."""
        self._is_ending = True
        for subscription in self._open:
            subscription.end(SHUTTING_DOWN)

    def _forget(self, caller: str, subscription: HttpSubscription) -> None:
        self._open.remove(subscription)
        self._callers.leave(caller)
