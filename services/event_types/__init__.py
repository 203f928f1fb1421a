"""All types of domain events: the one place where they are declared, a file a room."""

from services.event_types import account, shop
from services.event_types.base import EventData, Unreadable, data_of

__all__ = ["EventData", "Unreadable", "account", "data_of", "shop"]
