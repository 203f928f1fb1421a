"""The response to a batch: a JSON array of the results, encoded one by one within the limits of one response."""

import sys

from graphql import ExecutionResult
from starlette.responses import Response

from executor import ResponseTooLarge
from server.config.response_settings import ResponseSettings
from server.graphql.cost_report import CostReport  # noqa: TC001 -- the annotation of an attribute
from server.graphql.errors import ErrorCode
from server.graphql.outcome import Outcome, PartlyEncodedResult
from server.graphql.response_encoding import encode_in_pieces, encode_json
from server.http.consistency import HEADER as CONSISTENCY_HEADER
from server.http.encoded_response import EncodedResponse
from server.http.graphql_response import (
    Content,
    build_content,
    build_extensions,
    compress_pieces,
    encode_at_once,
    replace_content,
)
from server.http.overloaded import OVERLOAD_RETRY_SECONDS, Overloaded
from server.http.rate_limit_headers import RateLimitHeaders
from server.http.request import HttpRequest
from server.http.request_memory import UNCOUNTED_BYTES, RequestMemory
from server.http.response_headers import NO_STORE, Header
from server.http.trace import add_trace
from server.telemetry.operation_trace import OperationTrace

_OK, _BAD_REQUEST, _SERVICE_UNAVAILABLE = 200, 400, 503


class BatchResponseBuilder:
    """Builds the response to one batch."""

    def __init__(
        self, request: HttpRequest, media_type: str, settings: ResponseSettings, memory: RequestMemory
    ) -> None:
        self._request = request
        self._media_type = media_type
        self._max_bytes = settings.max_response_bytes
        self._compress_min_bytes = settings.compress_min_bytes or sys.maxsize
        self._memory = memory
        self._pieces: list[bytes] = []
        self._contents: list[Content] = []
        self._cost: CostReport | None = None
        self._token: str | None = None
        self.size = 1
        """The bytes of the body so far, with the bracket that closes it."""

    async def add(
        self,
        outcome: Outcome,
        token: str | None,
        *,
        has_written: bool,
        is_malformed: bool,
        trace: OperationTrace | None = None,
    ) -> int:
        """Add the result of the next operation; return the status that it would have alone."""
        result, cost = outcome.result, outcome.cost
        content = build_content(result, self._media_type, has_written=has_written)
        if is_malformed:
            content = content._replace(status=_BAD_REQUEST)
        if extensions := build_extensions(self._request, cost, token):
            content.body["extensions"] = extensions
        try:
            pieces = await self._encode(content, result, trace)
        except (ResponseTooLarge, Overloaded) as error:
            content = self._replace(content, error, has_written=has_written)
            pieces = [encode_json(content.body)]
        self._append(pieces)
        self._contents.append(content._replace(body=dict.fromkeys(content.body)))  # without the data
        self._cost, self._token = cost or self._cost, token or self._token
        return content.status

    async def _encode(self, content: Content, result: ExecutionResult, trace: OperationTrace | None) -> list[bytes]:
        """Encode a result, in reserved memory if the response is large."""
        left = self._max_bytes - self.size - 1 + (0 if trace is None else add_trace(content.body, trace))
        try:
            is_large = isinstance(result, PartlyEncodedResult)
            body = content.body
            pieces = await encode_in_pieces(body, left) if is_large else [encode_at_once(body, left)]
        except ResponseTooLarge as error:
            raise ResponseTooLarge(error.size + self.size + 1, self._max_bytes) from None
        size = self.size + 1 + sum(map(len, pieces))
        if size > UNCOUNTED_BYTES:
            self._request.reserve(self._memory, size)
        return pieces

    def _replace(self, content: Content, error: Exception, *, has_written: bool) -> Content:
        """Return what is sent instead of a result for which there is no memory."""
        try:
            return replace_content(content.body, error, self._media_type, has_written=has_written)
        except Overloaded:
            extensions = {"code": ErrorCode.UNAVAILABLE, "retryAfter": OVERLOAD_RETRY_SECONDS}
            body = {"errors": [{"message": str(error), "extensions": extensions}]}
            return Content(body, _SERVICE_UNAVAILABLE, OVERLOAD_RETRY_SECONDS)

    def _append(self, pieces: list[bytes]) -> None:
        pieces[0] = (b"," if self._pieces else b"[") + pieces[0]
        self._pieces += pieces
        self.size += sum(map(len, pieces))

    async def build(self) -> Response:
        """Build the response to all operations that were added."""
        self._pieces[-1] += b"]"
        pieces = self._pieces if self.size > UNCOUNTED_BYTES else [b"".join(self._pieces)]
        status, retry_after = self._summarize()
        headers: list[Header] = [NO_STORE]
        if self.size >= self._compress_min_bytes:
            headers += await compress_pieces(self._request, pieces)
        response = EncodedResponse(pieces, status, self._media_type, headers)
        if response.size > UNCOUNTED_BYTES:
            response.reservation = self._request.reserve(self._memory, response.size)
        if retry_after is not None:
            response.raw_headers.append((b"retry-after", str(retry_after).encode()))
        if self._token is not None:
            response.raw_headers.append((CONSISTENCY_HEADER, self._token.encode()))
        if self._cost is not None:
            response.raw_headers += self._cost.derive_from_statuses(RateLimitHeaders().build)
        return response

    def _summarize(self) -> tuple[int, int | None]:
        """Return the status of the response, and the seconds to wait. If no operation was executed, it is the highest
        status: that of an operation which may be sent again."""
        if any(content.status == _OK and "data" in content.body for content in self._contents):
            return _OK, None
        waits = [content.retry_after for content in self._contents if content.retry_after is not None]
        return max(content.status for content in self._contents), max(waits, default=None)
