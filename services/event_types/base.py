"""What every type of event is made of, and how old forms of its data stay readable.

A type is a class of its own, named for what happened, in the past tense. When the shape of its data changes, count up
`schema_version` and say in `upcasts` how the form before becomes the new one. Forms are never taken out: what was
written once stays written.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

Json = dict[str, Any]
Upcast = Callable[[Json], Json]

_types: dict[str, type["EventData"]] = {}


class Unreadable(Exception):
    """An event is of a type or a form that this program does not know: it was written by a newer one."""


class EventData(BaseModel):
    """What there is to know of something that happened. Stored by the name of its class."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stream_type: ClassVar[str]
    """The streams it belongs to: the table of what it happens to."""

    schema_version: ClassVar[int] = 1
    upcasts: ClassVar[Mapping[int, Upcast]] = {}
    """By the version of a form: what makes the next one of it."""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if cls.__name__ in _types:
            raise TypeError(f"two types of events are called {cls.__name__}")
        if sorted(cls.upcasts) != [*range(1, cls.schema_version)]:
            raise TypeError(f"{cls.__name__}: an upcast is missing")
        _types[cls.__name__] = cls

    @property
    def type(self) -> str:
        """The name that it is stored by."""
        return type(self).__name__

    def written(self) -> Json:
        """The data as it is stored; Decimals and ids are text."""
        return self.model_dump(mode="json")


def data_of(type: str, schema_version: int, data: Json) -> EventData:
    """What was stored, as the type it is today; Unreadable if there is no such type or form."""
    kind = _types.get(type)
    if kind is None or not 1 <= schema_version <= kind.schema_version:
        raise Unreadable(f"{type} in form {schema_version}")
    for version in range(schema_version, kind.schema_version):
        data = kind.upcasts[version](data)
    return kind.model_validate(data)


def declared_types() -> Mapping[str, type[EventData]]:
    """All types, by name."""
    return _types
