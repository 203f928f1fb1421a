"""Domain events, stream by stream."""

from typing import Any

from models.ids import parse_id
from queries.conditions import EVERYTHING, Compare, Every
from resolvers.context import Context
from resolvers.listing import Listing, all_rows, ask_for


async def events(context: Context, stream_id: str | None = None, **arguments: Any) -> Listing:
    if stream_id is not None:
        kind = stream_id.rpartition("_")[0]
        mine = (Compare("stream_type", "eq", kind), Compare("stream_id", "eq", parse_id(kind, stream_id)))
        arguments["where"] = Every((*mine, arguments.get("where") or EVERYTHING))
    return all_rows(context, "event", ask_for("event", arguments))
