"""The Idempotency-Key header, and the fingerprint of the request that it identifies."""

import hashlib
import re
from collections.abc import Sequence

import orjson
from graphql import strip_ignored_characters

from server.graphql.request import GraphQLRequest
from services.core.errors import BadInput
from services.core.idempotency import IdempotencyKey

IDEMPOTENCY_KEY_HEADER = b"idempotency-key"
REPLAYED = (b"idempotency-replayed", b"true")
_VALID_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def read_idempotency_key(values: Sequence[str], graphql_request: GraphQLRequest) -> IdempotencyKey:
    """Return the key of the request, from the values of its header; raise BadInput if it is malformed or there are
    several."""
    keys = list(dict.fromkeys(values))
    if len(keys) > 1 or not _VALID_KEY.fullmatch(keys[0]):
        raise BadInput("Send one Idempotency-Key of 1 to 255 visible ASCII characters, such as a UUID.")
    return IdempotencyKey(keys[0], lambda: request_fingerprint(graphql_request))


def request_fingerprint(request: GraphQLRequest) -> str:
    """Hash the operation and its variables; insignificant whitespace and the order of variables do not matter."""
    parts = [strip_ignored_characters(request.query), request.operation_name, request.variables or {}]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()
