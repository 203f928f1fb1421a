"""Requests that ask for the trace of their operation, and its place in the response."""

from typing import Any

import orjson

from server.graphql.response_encoding import encode_json
from server.http.request import HttpRequest
from server.telemetry.operation_trace import OperationTrace

TRACE_HEADER = b"x-trace"
"""With the value `true`, the extensions of the result contain the trace of the operation."""

_FRAME = b',"extensions":{"trace":}'
"""What a trace adds to a response besides its JSON."""


def start_trace(request: HttpRequest) -> OperationTrace | None:
    """Return a new trace if the request asks for it."""
    return OperationTrace() if request.header(TRACE_HEADER).strip().lower() == "true" else None


def add_trace(body: dict[str, Any], trace: OperationTrace) -> int:
    """Encode the data of a response, which belongs to the trace, and add the trace to it. Return the bytes of the
    trace: a response may have so many more."""
    if "data" in body:
        with trace.phase("encode"):
            body["data"] = orjson.Fragment(encode_json(body["data"]))
    encoded = orjson.dumps(trace.describe())
    body.setdefault("extensions", {})["trace"] = orjson.Fragment(encoded)
    return len(encoded) + len(_FRAME)
