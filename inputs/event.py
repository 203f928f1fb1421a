"""Filter and order of domain events."""

from inputs.filter_types import filter_input
from inputs.order_by import order_input
from models import Event


@filter_input(Event, "id", "stream_type", "version", "type", "schema_version", "created_at")
class EventWhere: ...


EventOrder = order_input(Event, "id", "stream_type", "version", "type", "created_at")
