"""The messages of graphql-transport-ws.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from starlette.types import Message

from server.http.errors import BadRequest
from server.http.request_parsing import decode_json
from server.telemetry.truncation import truncate
from server.websocket.close import CloseCode, CloseSocket

SUBPROTOCOL = "graphql-transport-ws"
ACKNOWLEDGED = b'{"type":"connection_ack"}'
_TYPES_WITH_ID = ("subscribe", "complete")
_CLIENT_TYPES = ("connection_init", "ping", "pong", *_TYPES_WITH_ID)
_OPTIONAL_FIELDS: Mapping[str, type] = {"query": str, "operationName": str, "variables": dict, "extensions": dict}
"""Fields of the payload of `subscribe`. `query` may be missing if the document is sent by its id."""


def parse_message(message: Message) -> dict[str, Any]:
    """Return the message of a client; raise CloseSocket if it does not follow the protocol."""
    text = message.get("text")
    if text is None:
        raise _invalid("send text, not binary data.")
    try:
        parsed = decode_json(text.encode(errors="surrogatepass"), "it is not JSON.")
    except BadRequest as error:
        raise _invalid(str(error)) from None
    if not isinstance(parsed, dict):
        raise _invalid("it must be a JSON object.")
    message_type = parsed.get("type")
    if not isinstance(message_type, str) or message_type not in _CLIENT_TYPES:
        raise _invalid(f"`type` must be one of {', '.join(_CLIENT_TYPES)}.")
    if message_type in _TYPES_WITH_ID:
        _check_id(parsed)
    if message_type == "subscribe":
        _check_request(parsed.get("payload"))
    elif message_type != "complete":
        _check_optional(parsed, "payload", dict)
    return parsed


def encode_pong(payload: dict[str, Any] | None) -> bytes:
    """Encode the response to a ping, with its payload."""
    return orjson.dumps({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})


class OperationMessages(NamedTuple):
    """The format of the messages of one operation."""

    id: str

    def wrap_result(self, entries: dict[str, Any]) -> dict[str, Any]:
        """Return the message with a result."""
        return {"id": self.id, "type": "next", "payload": entries}

    def wrap_errors(self, errors: list[Any]) -> dict[str, Any]:
        """Return the message that ends an operation that was not executed."""
        return {"id": self.id, "type": "error", "payload": errors}


def encode_complete(operation_id: str) -> bytes:
    """Encode the message that ends an operation."""
    return orjson.dumps({"id": operation_id, "type": "complete"})


def _check_id(message: dict[str, Any]) -> None:
    operation_id = message.get("id")
    if not isinstance(operation_id, str) or not operation_id:
        raise _invalid(f"`id` of `{message['type']}` must be a string that is not empty.")


def _check_request(payload: Any) -> None:
    if not isinstance(payload, dict):
        raise _invalid("`payload` of `subscribe` must be an object.")
    for name, expected_type in _OPTIONAL_FIELDS.items():
        _check_optional(payload, name, expected_type)


def _check_optional(values: dict[str, Any], name: str, expected_type: type) -> None:
    value = values.get(name)
    if value is not None and not isinstance(value, expected_type):
        type_name = "a string" if expected_type is str else "an object"
        raise _invalid(f"`{name}` must be {type_name}, or be omitted.")


def _invalid(reason: str) -> CloseSocket:
    return CloseSocket(CloseCode.BAD_REQUEST, truncate(f"Invalid message: {reason}"))
