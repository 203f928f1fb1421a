"""The ASGI application of the GraphQL path for WebSockets.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from server.config.websocket_settings import WebSocketSettings
from server.graphql.errors import ErrorCode
from server.http.caller_connections import CallerConnections
from server.http.errors import error_response
from server.http.request import HttpRequest
from server.websocket.close import CloseCode
from server.websocket.connection import Connection
from server.websocket.handshake import is_allowed
from server.websocket.messages import SUBPROTOCOL
from server.websocket.operation_runner import OperationRunner


class WebSocketEndpoint:
    """Accepts WebSockets with the subprotocol graphql-transport-ws, from pages of allowed origins and other clients."""

    def __init__(
        self,
        runner: OperationRunner,
        settings: WebSocketSettings,
        is_allowed_origin: Callable[[str], bool],
        callers: CallerConnections,
    ) -> None:
        self._runner = runner
        self._settings = settings
        self._is_allowed_origin = is_allowed_origin
        self._callers = callers
        self.open_sockets = 0
        """The number of open WebSockets."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        if not is_allowed(HttpRequest(scope, receive), self._is_allowed_origin):
            await _refuse_origin(scope, receive, send)
        elif SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            code = int(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE)
            await send({"type": "websocket.close", "code": code, "reason": "Subprotocol not acceptable"})
        else:
            await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
            self.open_sockets += 1
            try:
                await Connection(scope, send, self._runner, self._callers, self._settings).serve(receive)
            finally:
                self.open_sockets -= 1


async def _refuse_origin(scope: Scope, receive: Receive, send: Send) -> None:
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})  # the ASGI server responds 403
        return
    message = "Pages of this origin may not open WebSockets. If it is yours, add it to CORS_ORIGINS."
    await error_response(403, ErrorCode.FORBIDDEN, message)(scope, receive, send)
