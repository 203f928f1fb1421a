"""What clients ask of domain events."""

from models import Event
from schema.inputs.sorting import order_input
from schema.inputs.where import filters


@filters(Event, "id", "stream_type", "version", "type", "schema_version", "created_at")
class EventWhere: ...


EventOrder = order_input(Event, "id", "stream_type", "version", "type", "created_at")
