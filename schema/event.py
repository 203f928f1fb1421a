"""Domain event: type and queries."""

from typing import Any

import strawberry

from inputs.arguments import StreamId
from inputs.derive import Json
from models import Event
from models.ids import public_id
from resolvers import event
from schema.arguments import parameter
from schema.connection import connection_type
from schema.derive import object_type
from schema.node import Node
from schema.root_fields import list_field
from schema.sources import READS_PARENT_ONLY
from services.core.access import Access


def _resolve_stream(root: strawberry.Parent[Any]) -> strawberry.ID:
    return strawberry.ID(public_id(root.stream_type, root.stream_id))


def _resolve_metadata(root: strawberry.Parent[Any]) -> Json:
    return Json(root.meta)


@object_type(Event, "id", "stream_type", "version", "type", "schema_version", "data", "created_at")
class EventType(Node):
    stream = strawberry.field(
        _resolve_stream,
        description="The id of the object that the event belongs to.",
        metadata=READS_PARENT_ONLY,
    )
    metadata = strawberry.field(
        _resolve_metadata,
        description="The principal (`actor`, a user or an API key) and the request (`requestId`) that caused the "
        "event; `impersonator` is the superuser who acted as the user, if there is one.",
        metadata=READS_PARENT_ONLY,
    )


EventConnection = connection_type("event")


@strawberry.type
class EventQueries:
    events = list_field(
        "event",
        resolver=event.events,
        extra_parameters=[parameter("stream_id", StreamId, None)],
        access=Access.ADMIN,
        description="The domain events of the current tenant, or of one object. To replay one object's events, sort by "
        "VERSION.",
    )
