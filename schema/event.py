"""Domain events in the contract."""

from typing import Any

import strawberry

from models import Event
from models.ids import public_id
from resolvers import event
from schema.arguments import parameter
from schema.connection import connection_of
from schema.derive import shows
from schema.inputs.arguments import StreamId
from schema.inputs.derive import Json
from schema.node import Node
from schema.roots import listing
from services.access import Access


def _stream(root: strawberry.Parent[Any]) -> strawberry.ID:
    return strawberry.ID(public_id(root.stream_type, root.stream_id))


def _metadata(root: strawberry.Parent[Any]) -> Json:
    return Json(root.meta)


@shows(Event, "id", "stream_type", "version", "type", "schema_version", "data", "created_at")
class EventType(Node):
    stream = strawberry.field(_stream, description="The id of what it happened to.")
    metadata = strawberry.field(
        _metadata,
        description="Who did it (`actor`, a user or an API key), and in which request (`requestId`).",
    )


EventConnection = connection_of("event")


@strawberry.type
class EventQueries:
    events = listing(
        "event",
        resolver=event.events,
        more=[parameter("stream_id", StreamId, None)],
        allows=Access.ADMIN,
        description="What happened, event by event: everywhere, or to one object. Sort by VERSION to follow one.",
    )
