"""The Idempotency-Key of a request, and what it stands for: this operation with these variables."""

import hashlib
import re

import orjson
from graphql import strip_ignored_characters

from server.graphql_request import GraphQLRequest
from server.incoming import Incoming
from services.errors import BadInput
from services.idempotency import RequestKey

HEADER = b"idempotency-key"
REPLAYED = {"idempotency-replayed": "true"}
_WELL_FORMED = re.compile(r"[\x21-\x7e]{1,255}")


def request_key(request: Incoming, operation: GraphQLRequest) -> RequestKey | None:
    """The key that was sent, if any was; BadInput if it is malformed, or if there are several."""
    sent = list(dict.fromkeys(request.headers(HEADER)))
    if not sent:
        return None
    if len(sent) > 1 or not _WELL_FORMED.fullmatch(sent[0]):
        raise BadInput("Send one Idempotency-Key of 1 to 255 visible ASCII characters, such as a UUID.")
    return RequestKey(sent[0], lambda: fingerprint_of(operation))


def fingerprint_of(operation: GraphQLRequest) -> str:
    """The same for the same operation and variables, however they are spaced and in whatever order variables come."""
    parts = [strip_ignored_characters(operation.query), operation.operation_name, operation.variables or {}]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()
