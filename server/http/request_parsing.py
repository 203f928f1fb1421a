"""Reading a GraphQL request from HTTP, as the GraphQL over HTTP specification (draft) defines it."""

from typing import Any

import orjson
from graphql import OperationType

from server.http.duplicate_keys import MAX_SECOND_PARSE_BYTES, DuplicateKey, TooDeeplyNested, check_duplicate_keys
from server.http.errors import BadRequest
from server.http.media_types import GRAPHQL_JSON, JSON
from server.http.request import HttpRequest

ALLOWED_OPERATION_TYPES = {
    "GET": (OperationType.QUERY,),
    "POST": (OperationType.QUERY, OperationType.MUTATION),
}
"""The types of operations that a client may send, by HTTP method. Members of enums have a hash function in Python, so a
set would be slower."""
_JSON = JSON.encode()
_QUERY_PARAMETERS = ("query", "documentId", "variables", "operationName", "extensions")


def check_method(request: HttpRequest) -> None:
    """Raise BadRequest (405) if the endpoint does not support the method."""
    if request.method not in ALLOWED_OPERATION_TYPES:
        raise BadRequest("Send operations by GET or POST.", 405, Allow=", ".join(ALLOWED_OPERATION_TYPES))


def read_parameters(request: HttpRequest, body: bytes) -> dict[str, Any] | list[Any]:
    """Read the parameters of a GraphQL request from the query string (GET) or the body, or the elements of a batch from
    the body; raise BadRequest if they are malformed."""
    if request.method == "GET":
        return _decode_query_parameters(request)
    value = decode_json(body, "The body is not JSON in UTF-8.")
    if not isinstance(value, dict | list):
        raise BadRequest("The body must be a JSON object with a `query`, or an array of such objects.")
    return value


def check_media_types(request: HttpRequest) -> None:
    """Raise BadRequest if the client accepts no type of response (406), or if the body is not JSON in UTF-8 (415)."""
    if request.head.accepted.response is None:
        raise BadRequest(f"The server responds with {GRAPHQL_JSON} or {JSON}; accept one of them.", 406)
    if request.head.by_name.get(b"content-type") != _JSON:
        check_content_type(request)


def check_content_type(request: HttpRequest) -> None:
    """Raise BadRequest (415) if the body of a POST request is not JSON in UTF-8."""
    if request.method == "GET":
        return
    header = request.header(b"content-type")
    content_type, _, parameters = header.lower().partition(";")
    if content_type.strip() != JSON:
        raise BadRequest(f"Send the operation as {JSON}.", 415)
    charset = parameters.partition("charset=")[2].strip(' "')
    if charset not in ("", "utf-8", "utf8"):
        raise BadRequest("Send the operation in UTF-8.", 415)


def _decode_query_parameters(request: HttpRequest) -> dict[str, Any]:
    _check_repeated_parameters(request)
    parameters: dict[str, Any] = request.query_parameters
    for name in ("variables", "extensions"):
        if name in parameters:
            text = parameters[name].encode(errors="surrogatepass")
            parameters[name] = decode_json(text, f"`{name}` is not JSON.")
    return parameters


def _check_repeated_parameters(request: HttpRequest) -> None:
    names = [name for name, _ in request.starlette.query_params.multi_items()]
    for name in _QUERY_PARAMETERS:
        if names.count(name) > 1:
            raise BadRequest(f"The URL contains the parameter `{name}` more than once.")


def decode_json(text: bytes, error_message: str) -> Any:
    """Decode JSON of a client; raise BadRequest if it is malformed or repeats a key."""
    try:
        value = orjson.loads(text)
        check_duplicate_keys(text, value)
    except (orjson.JSONDecodeError, RecursionError):
        raise BadRequest(error_message) from None
    except TooDeeplyNested:
        raise BadRequest(f"JSON of more than {MAX_SECOND_PARSE_BYTES:,} bytes is nested too deeply.") from None
    except DuplicateKey as error:
        key = f"the key `{error}`" if error.args else "a key"
        raise BadRequest(f"A JSON object contains {key} more than once.") from None
    return value
