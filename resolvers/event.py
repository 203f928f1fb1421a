"""Domain events."""

from typing import Any

from models.ids import parse_id
from queries.filters import ALL_ROWS, And, Compare
from resolvers.connection import Connection, parse_page_query, root_connection
from resolvers.context import Context


async def events(context: Context, stream_id: str | None = None, **arguments: Any) -> Connection:
    if stream_id is not None:
        stream_type = stream_id.rpartition("_")[0]
        in_stream = (
            Compare("stream_type", "eq", stream_type),
            Compare("stream_id", "eq", parse_id(stream_type, stream_id)),
        )
        arguments["where"] = And((*in_stream, arguments.get("where") or ALL_ROWS))
    return root_connection(context, "event", parse_page_query("event", arguments))
