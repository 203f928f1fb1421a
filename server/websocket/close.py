"""The codes with which the server closes WebSockets."""

from enum import IntEnum

MAX_REASON_BYTES = 123


class CloseCode(IntEnum):
    """Codes of RFC 6455 (below 4000) and of graphql-transport-ws."""

    NORMAL = 1000
    GOING_AWAY = 1001
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INIT_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITS = 4429
    INTERNAL_ERROR = 4500


class CloseSocket(Exception):
    """The server closes the WebSocket with this code and reason."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = shorten_reason(reason)


def shorten_reason(reason: str) -> str:
    """Return the reason, cut to what a close frame can contain."""
    encoded = reason.encode()
    if len(encoded) <= MAX_REASON_BYTES:
        return reason
    return encoded[: MAX_REASON_BYTES - len("…".encode())].decode(errors="ignore") + "…"
