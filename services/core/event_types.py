"""Base class and registry of event types, and the conversion of stored events with an older schema.

Each type is a class, named in the past tense for what happened. The classes are in `services/<domain>/event_types.py`.
`services/__init__.py` imports these modules, so that every type is registered before any event is read.

When the data of a type changes, increment `schema_version` and add an upcast from the previous version. Upcasts are
never removed, since stored events are never rewritten.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

Json = dict[str, Any]
Upcast = Callable[[Json], Json]

_types: dict[str, type["EventData"]] = {}


class UnreadableEvent(Exception):
    """A stored event has a type or schema version that this program does not know: a newer program wrote it."""


class EventData(BaseModel):
    """The data of an event. The class name is stored as the event's type."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream_type: ClassVar[str]
    """The type of the streams that it belongs to: a table name."""

    schema_version: ClassVar[int] = 1
    upcasts: ClassVar[Mapping[int, Upcast]] = {}
    """For each older schema version, the conversion of its data to the next version."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if cls.__name__ in _types:
            raise TypeError(f"two event types are called {cls.__name__}")
        if sorted(cls.upcasts) != [*range(1, cls.schema_version)]:
            raise TypeError(f"{cls.__name__}: an upcast is missing")
        _types[cls.__name__] = cls

    @property
    def type(self) -> str:
        """The name that is stored as the event's type."""
        return type(self).__name__

    def to_json(self) -> Json:
        """Return the data as it is stored; Decimals and ids as text."""
        return self.model_dump(mode="json")


def parse_event(type: str, schema_version: int, data: Json) -> EventData:
    """Return stored data in the current schema of its type; UnreadableEvent if the type or version is unknown."""
    event_type = _types.get(type)
    if event_type is None or not 1 <= schema_version <= event_type.schema_version:
        raise UnreadableEvent(f"{type} with schema version {schema_version}")
    for version in range(schema_version, event_type.schema_version):
        data = event_type.upcasts[version](data)
    return event_type.model_validate(data)


def registered_types() -> Mapping[str, type[EventData]]:
    """Return all event types by name."""
    return _types
