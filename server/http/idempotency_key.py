"""The Idempotency-Key header, and the fingerprint of the request that it identifies."""

import hashlib
import re

import orjson
from graphql import strip_ignored_characters

from server.graphql.request import GraphQLRequest
from server.http.request import HttpRequest
from services.core.errors import BadInput
from services.core.idempotency import IdempotencyKey

HEADER = b"idempotency-key"
REPLAYED = (b"idempotency-replayed", b"true")
_VALID_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def read_idempotency_key(request: HttpRequest, graphql_request: GraphQLRequest) -> IdempotencyKey | None:
    """Return the key of the request, if any; raise BadInput if it is malformed or there are several."""
    if not request.has(HEADER):
        return None
    keys = list(dict.fromkeys(request.headers(HEADER)))
    if len(keys) > 1 or not _VALID_KEY.fullmatch(keys[0]):
        raise BadInput("Send one Idempotency-Key of 1 to 255 visible ASCII characters, such as a UUID.")
    return IdempotencyKey(keys[0], lambda: request_fingerprint(graphql_request))


def request_fingerprint(request: GraphQLRequest) -> str:
    """Hash the operation and its variables; insignificant whitespace and the order of variables do not matter."""
    parts = [strip_ignored_characters(request.query), request.operation_name, request.variables or {}]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()
