"""Consistency tokens: what a client has written, so that its next query reads it from a replica."""

from database.replicas import Replicas
from database.wal_position import WalPosition, parse_token
from resolvers.context import Context
from server.http.request import HttpRequest
from services.core.errors import BadInput

HEADER = b"x-consistency-token"


def read_position(request: HttpRequest) -> WalPosition | None:
    """Return the position in the header of the request, if it has one; raise BadInput if it is malformed."""
    if not request.has(HEADER):
        return None
    tokens = list(dict.fromkeys(request.headers(HEADER)))
    if len(tokens) == 1:
        try:
            return parse_token(tokens[0])
        except ValueError:
            pass
    raise BadInput("Send one X-Consistency-Token as the server has returned it, or none.")


async def load_token(replicas: Replicas, context: Context) -> str | None:
    """Return the consistency token of a request that has written; None if it cannot be read."""
    position = await replicas.load_position(context.credentials.group)
    return None if position is None else position.encode()
