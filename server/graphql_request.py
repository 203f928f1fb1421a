"""What a client sends over HTTP, read with suspicion (GraphQL over HTTP, draft of the GraphQL foundation)."""

from typing import Any, NamedTuple

import orjson

from server.incoming import Incoming
from server.variables import check_variables

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"


class Malformed(Exception):
    """The request is no GraphQL request; answered with this status and message."""

    def __init__(self, message: str, status: int = 400, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


class GraphQLRequest(NamedTuple):
    """An operation to execute."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None


async def read_request(request: Incoming) -> GraphQLRequest:
    """The operation in a request; Malformed if there is none."""
    return _checked(_parameters(request) if request.method == "GET" else _object(await _body(request)))


def answer_type(accept: str) -> str:
    """The media type to answer with, the client's preference first; Malformed (406) if it takes none of ours."""
    if accept in _ANSWERS:
        return _ANSWERS[accept]
    best, best_quality = None, 0.0
    for part in accept.split(",") if accept.strip() else ["*/*"]:
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((_quality(each[2:]) for each in parameters if each.startswith("q=")), 1.0)
        if media_type in _ANSWERS and quality > best_quality:
            best, best_quality = _ANSWERS[media_type], quality
    if best is None:
        raise Malformed(f"Answers come as {GRAPHQL_JSON} or {JSON}; accept one of them.", 406)
    return best


_ANSWERS = {GRAPHQL_JSON: GRAPHQL_JSON, JSON: JSON, "application/*": JSON, "*/*": JSON}


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


async def _body(request: Incoming) -> bytes:
    content_type, _, parameters = request.header(b"content-type").lower().partition(";")
    if content_type.strip() != JSON:
        raise Malformed(f"Send the operation as {JSON}.", 415)
    charset = parameters.partition("charset=")[2].strip(' "')
    if charset not in ("", "utf-8", "utf8"):
        raise Malformed("Send the operation in UTF-8.", 415)
    return await request.body()


def _parameters(request: Incoming) -> dict[str, Any]:
    given: dict[str, Any] = request.parameters
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = _decoded(given[name].encode(errors="surrogatepass"), f"`{name}` is not JSON.")
    return given


def _object(body: bytes) -> dict[str, Any]:
    value = _decoded(body, "The body is not JSON in UTF-8.")
    if not isinstance(value, dict):
        raise Malformed("The body must be a JSON object with a `query`; batches are not supported.")
    return value


def _decoded(text: bytes, problem: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Malformed(problem) from None


def _checked(given: dict[str, Any]) -> GraphQLRequest:
    query = given.get("query")
    if not isinstance(query, str) or not query.strip():
        raise Malformed("`query` must hold a GraphQL document.")
    variables = _optional(given, "variables", dict)
    if variables:
        check_variables(variables)
    return GraphQLRequest(
        query, variables, _optional(given, "operationName", str), _optional(given, "extensions", dict)
    )


def _optional(given: dict[str, Any], name: str, kind: type) -> Any:
    value = given.get(name)
    if value is not None and not isinstance(value, kind):
        what = "an object" if kind is dict else "a string"
        raise Malformed(f"`{name}` must be {what}, or be omitted.")
    return value
