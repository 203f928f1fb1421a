"""The messages of one subscription over HTTP, encoded and framed."""

from server.graphql.outcome import Outcome, refuse
from server.graphql.response_body import build_response_body
from server.http.encoded_response import join_small
from server.http.graphql_response import build_extensions
from server.http.overloaded import Overloaded
from server.http.request import HttpRequest
from server.http.result_messages import ResultEncoder, ResultMessage, describe_overload, encode_errors
from server.http.stream_formats import STREAM_FORMATS


class StreamEncoder:
    """Encodes results in the format of a media type, in memory that is reserved for the request if they are large."""

    def __init__(self, encoder: ResultEncoder, request: HttpRequest, media_type: str) -> None:
        self.media_type = media_type
        self.format = STREAM_FORMATS[media_type]
        self._encoder = encoder
        self._request = request

    async def encode(self, outcome: Outcome) -> ResultMessage:
        """Encode a result."""
        extensions = build_extensions(self._request, outcome.cost, None)
        message = await self._encoder.encode(self.format, outcome, self._request, extensions, has_written=False)
        return self._frame(message)

    def encode_exception(self, error: Exception) -> ResultMessage:
        """Encode the message that ends the subscription because of an exception, which is logged if it is
        unexpected."""
        if isinstance(error, Overloaded):
            return self._frame(encode_errors(self.format, [describe_overload(str(error))]))
        errors = build_response_body(refuse(error)).entries["errors"]
        return self._frame(encode_errors(self.format, errors))

    def release_result(self) -> None:
        """Release the memory of a result that was sent."""
        self._request.release_result()

    def _frame(self, message: ResultMessage) -> ResultMessage:
        pieces = join_small(self.format.frame(message.pieces))
        return ResultMessage(pieces, ends_operation=message.ends_operation)
