"""Object types derived from a model's fields. Only fields that are named are published."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from inspect import get_annotations
from typing import Any, TypeVar, get_origin

import strawberry

from inputs.declared_types import declare_type, declared_type
from inputs.derive import graphql_type_of
from inputs.nouns import type_name
from models.ids import public_id

ObjectType = TypeVar("ObjectType", bound=type)
COLUMN = "allotment.column"
IS_LONG = "allotment.is-long"
"""Whether a column may have long texts or JSON."""
MAX_SHORT_TEXT = 255
"""In characters."""


@dataclass(frozen=True)
class ColumnField:
    """A field that is a column of the row. An id is serialized with its prefix."""

    name: str
    prefix: str | None = None


def object_type(
    model: Any, *columns: str, name: str | None = None, description: str | None = None
) -> Callable[[ObjectType], ObjectType]:
    """A type with these columns of a model and the fields that its body declares; by default with the model's name and
    description."""
    graphql_name = name or model.__name__

    def build(cls: ObjectType) -> ObjectType:
        declared = get_annotations(cls)
        types = {column: graphql_type_of(model.model_fields[column]) for column in columns}
        cls.__annotations__ = {
            column: value_type | None if nullable else value_type for column, (value_type, nullable) in types.items()
        } | declared
        for column in columns:
            setattr(cls, column, _column(model, column))
        built = strawberry.type(cls, name=graphql_name, description=description or model.__doc__)
        declare_type(f"{graphql_name}Type", built)
        return built

    return build


def field_description(model: Any, name: str) -> str:
    """The description of a model field."""
    return str(model.model_fields[name].description)


def lazy_type(table: str, suffix: str = "Type") -> Any:
    """A reference to the object type of a table, or to its connection, which may be declared later."""
    return declared_type(type_name(table) + suffix)


def is_long(model: Any, name: str) -> bool:
    """Whether a column may have long texts or JSON."""
    info = model.model_fields[name]
    lengths = (getattr(bound, "max_length", None) or 0 for bound in info.metadata)
    return max(lengths, default=0) > MAX_SHORT_TEXT or get_origin(info.annotation) is dict


def _column(model: Any, name: str) -> Any:
    info = model.model_fields[name]
    if uuid.UUID not in getattr(info.annotation, "__args__", (info.annotation,)):
        metadata = {COLUMN: ColumnField(name), IS_LONG: is_long(model, name)}
        return strawberry.field(description=info.description, metadata=metadata)
    prefix = model.__tablename__

    def resolve(root: strawberry.Parent[Any]) -> strawberry.ID:
        return strawberry.ID(public_id(prefix, root.id))

    return strawberry.field(resolve, description=info.description, metadata={COLUMN: ColumnField(name, prefix)})
