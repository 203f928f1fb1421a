"""The HTTP response to an executed GraphQL request: body, status and headers."""

import sys
from typing import Any, NamedTuple

from graphql import ExecutionResult, GraphQLFormattedError
from starlette.responses import Response

from executor import ResponseTooLarge
from server.config.response_settings import ResponseSettings
from server.graphql.cost_report import CostReport
from server.graphql.entity_tags import build_entity_tag
from server.graphql.errors import OUTAGE_RETRY_SECONDS, ErrorCode
from server.graphql.outcome import Outcome, PartlyEncodedResult, refuse
from server.graphql.response_body import build_response_body, omit_payloads
from server.graphql.response_encoding import encode_in_pieces, encode_json
from server.http.compression import ACCEPT_ENCODING, VARY_ENCODING, compress, negotiate_encoding
from server.http.conditional import COST_HEADER, cache_headers, matches, not_modified
from server.http.consistency import HEADER as CONSISTENCY_HEADER
from server.http.encoded_response import EncodedResponse, join_small
from server.http.media_types import GRAPHQL_JSON, JSON
from server.http.overloaded import Overloaded
from server.http.rate_limit_headers import RateLimitHeaders
from server.http.request import HttpRequest
from server.http.request_memory import UNCOUNTED_BYTES, RequestMemory
from server.http.response_headers import NO_STORE, Header
from server.http.stream_formats import STREAM_FORMATS, frame_only_message, wrap_entries
from server.http.trace import add_trace
from server.telemetry.operation_trace import OperationTrace

_OK, _BAD_REQUEST, _TOO_MANY_REQUESTS, _SERVICE_UNAVAILABLE = 200, 400, 429, 503
_JSON_TYPES = (JSON, GRAPHQL_JSON)
_NOT_PERFORMED = (ErrorCode.UNAVAILABLE, ErrorCode.ABORTED)


class Content(NamedTuple):
    """The body of a response before it is encoded."""

    body: dict[str, Any]
    status: int = _OK
    retry_after: int | None = None


class ResponseBuilder:
    """Builds the responses of one endpoint."""

    def __init__(self, settings: ResponseSettings, memory: RequestMemory) -> None:
        self._max_bytes = settings.max_response_bytes
        self._compress_min_bytes = settings.compress_min_bytes or sys.maxsize
        self._memory = memory
        self._rate_limit_headers = RateLimitHeaders()

    async def build_plain(self, request: HttpRequest, outcome: Outcome, media_type: str) -> Response | None:
        """Build the response of nearly all requests: JSON of a result without errors and extensions. Return None
        if `build` must build it. This is faster, since it decides everything once."""
        result = outcome.result
        if (
            type(result) is not ExecutionResult
            or result.errors
            or media_type not in _JSON_TYPES
            or request.method != "POST"
            or COST_HEADER in request.head.by_name
        ):
            return None
        encoded = encode_json({"data": result.data})
        if len(encoded) > self._max_bytes:
            return None
        pieces = [encoded]
        headers = await compress_pieces(request, pieces) if len(encoded) >= self._compress_min_bytes else ()
        response = EncodedResponse(pieces, _OK, media_type, (NO_STORE, *headers))
        if response.size > UNCOUNTED_BYTES and not self._reserve(request, response):
            return None
        if outcome.cost is not None:
            response.raw_headers += outcome.cost.derive_from_statuses(self._rate_limit_headers.build)
        return response

    def _reserve(self, request: HttpRequest, response: EncodedResponse) -> bool:
        """Reserve the memory of a large response. Return whether there is enough."""
        try:
            response.reservation = request.reserve(self._memory, response.size)
        except Overloaded:
            return False
        return True

    async def build(  # noqa: PLR0913 -- keywords
        self,
        request: HttpRequest,
        outcome: Outcome,
        media_type: str,
        token: str | None = None,
        *,
        has_written: bool,
        trace: OperationTrace | None = None,
    ) -> Response:
        """Build the response, in reserved memory if it is large. If its body is too large, it contains an error
        instead. Raise Overloaded if there is too little memory, unless mutations were performed."""
        result, cost = outcome.result, outcome.cost
        content = build_content(result, media_type, has_written=has_written)
        if extensions := build_extensions(request, cost, token):
            content.body["extensions"] = extensions
        try:
            response = await self._encode(request, content, outcome, _media_type_of(content, media_type), trace)
        except (ResponseTooLarge, Overloaded) as error:
            content = replace_content(content.body, error, media_type, has_written=has_written)
            encoded = [encode_json(_wrap(content.body, media_type))]
            response = _frame(encoded, content.status, media_type, [NO_STORE])
        if content.retry_after is not None:
            response.raw_headers.append((b"retry-after", str(content.retry_after).encode()))
        if token is not None:
            response.raw_headers.append((CONSISTENCY_HEADER, token.encode()))
        if cost is not None:
            response.raw_headers += cost.derive_from_statuses(self._rate_limit_headers.build)
        return response

    async def _encode(
        self, request: HttpRequest, content: Content, outcome: Outcome, media_type: str, trace: OperationTrace | None
    ) -> Response:
        """Encode the body, and compress it if the client accepts that. Build a response without body if the client has
        the current one. A trace belongs to one execution, so the response is not stored."""
        if outcome.is_current and outcome.entity_tag is not None:
            return not_modified(outcome.entity_tag)
        is_large = isinstance(outcome.result, PartlyEncodedResult)
        max_bytes = self._max_bytes if trace is None else self._max_bytes + add_trace(content.body, trace)
        body = _wrap(content.body, media_type)
        pieces = await encode_in_pieces(body, max_bytes) if is_large else [encode_at_once(body, max_bytes)]
        headers: list[Header] = [NO_STORE]
        is_stream = media_type in STREAM_FORMATS
        if request.method == "GET" and trace is None and not outcome.result.errors and not is_stream:
            entity_tag = outcome.entity_tag or build_entity_tag(pieces)
            if matches(request.header(b"if-none-match"), entity_tag):
                return not_modified(entity_tag)
            headers = cache_headers(entity_tag)
        if sum(map(len, pieces)) >= self._compress_min_bytes and not is_stream:
            headers += await compress_pieces(request, pieces)
        response = _frame(pieces, content.status, media_type, headers)
        if response.size > UNCOUNTED_BYTES:
            response.reservation = request.reserve(self._memory, response.size)
        return response


def _media_type_of(content: Content, media_type: str) -> str:
    """Return the media type of the response. Errors with a status are JSON: clients of streams read only the status."""
    return JSON if content.status != _OK and media_type in STREAM_FORMATS else media_type


def _wrap(body: dict[str, Any], media_type: str) -> dict[str, Any]:
    """Return the JSON of a body, or of the only message of a stream."""
    stream_format = STREAM_FORMATS.get(media_type)
    return body if stream_format is None else wrap_entries(stream_format, body)


def _frame(pieces: list[bytes], status: int, media_type: str, headers: list[Header]) -> EncodedResponse:
    """Return the response with this JSON as body, or as the only message of a stream."""
    stream_format = STREAM_FORMATS.get(media_type)
    if stream_format is not None:
        pieces = join_small(frame_only_message(stream_format, pieces))
    return EncodedResponse(pieces, status, media_type, headers)


def encode_at_once(body: dict[str, Any], max_bytes: int) -> bytes:
    """Encode a small body; raise ResponseTooLarge if it has more bytes."""
    encoded = encode_json(body)
    if len(encoded) > max_bytes:
        raise ResponseTooLarge(len(encoded), max_bytes)
    return encoded


async def compress_pieces(request: HttpRequest, pieces: list[bytes]) -> list[Header]:
    """Replace the pieces with compressed ones if the client accepts that. Return the headers of the response."""
    encoding = negotiate_encoding(request.header(ACCEPT_ENCODING))
    if encoding is None:
        return [VARY_ENCODING]
    pieces[:] = await compress(pieces, encoding)
    return [VARY_ENCODING, (b"content-encoding", encoding.encode())]


def build_extensions(request: HttpRequest, cost: CostReport | None, token: str | None) -> dict[str, Any]:
    """Return the extensions of the result: its cost if the request asks for it, and its consistency token."""
    extensions: dict[str, Any] = {}
    if cost is not None and request.header(COST_HEADER) == "include":
        extensions["cost"] = cost.describe()
    if token is not None:
        extensions["consistency"] = token
    return extensions


def build_content(result: ExecutionResult, media_type: str, *, has_written: bool) -> Content:
    """Return the body of the response, its status, and the seconds to wait if the request should be sent again."""
    body, is_request_error = build_response_body(result)
    if not result.errors:
        return Content(body)
    if (retry := _find_retry(result, body["errors"], has_written=has_written)) is not None:
        return Content(body, *retry)
    return Content(body, _BAD_REQUEST if is_request_error and media_type == GRAPHQL_JSON else _OK)


def replace_content(body: dict[str, Any], error: Exception, media_type: str, *, has_written: bool) -> Content:
    """Return what is sent instead of a response for which there is no memory."""
    if has_written and body.get("data") is not None:
        return Content(omit_payloads(body, error))
    if isinstance(error, Overloaded):
        raise error
    return build_content(refuse(error), media_type, has_written=False)


def _find_retry(
    result: ExecutionResult, errors: list[GraphQLFormattedError], *, has_written: bool
) -> tuple[int, int | None] | None:
    """Return the status if nothing was executed and the request may be sent again, and the seconds to wait; None if it
    would probably be aborted again."""
    if result.data is None and len(errors) == 1 and errors[0]["extensions"]["code"] == ErrorCode.RATE_LIMITED:
        return _TOO_MANY_REQUESTS, errors[0]["extensions"]["retryAfter"]
    if not has_written and _is_unavailable(result.data, errors):
        is_aborted = all(error["extensions"]["code"] == ErrorCode.ABORTED for error in errors)
        return _SERVICE_UNAVAILABLE, None if is_aborted else OUTAGE_RETRY_SECONDS
    return None


def _is_unavailable(data: dict[str, Any] | None, errors: list[GraphQLFormattedError]) -> bool:
    """Return whether nothing was executed because of an outage or a timeout: every root field is null with such an
    error."""
    extensions = [error["extensions"] for error in errors]
    if any(each["code"] not in _NOT_PERFORMED or "resultUnknown" in each for each in extensions):
        return False
    failed_fields = {error["path"][0] for error in errors if error.get("path")}
    return data is None or all(value is None and name in failed_fields for name, value in data.items())
