"""Types made of a model's fields by naming them. What is not named is not shown."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from inspect import get_annotations
from typing import Annotated, Any, TypeVar

import strawberry

from models.ids import public_id
from schema.inputs.derive import contract_type

Shown = TypeVar("Shown", bound=type)
COLUMN = "allotment.column"


@dataclass(frozen=True)
class Column:
    """A field that is nothing but a column of the row; an id is written with its prefix."""

    name: str
    prefix: str | None = None


def shows(model: Any, *names: str) -> Callable[[Shown], Shown]:
    """A type that shows these columns of a model, and whatever else its body declares."""

    def build(cls: Shown) -> Shown:
        declared = get_annotations(cls)
        columns = {name: contract_type(model.model_fields[name]) for name in names}
        cls.__annotations__ = {
            name: plain | None if null else plain for name, (plain, null) in columns.items()
        } | declared
        for name in names:
            setattr(cls, name, _column(model, name))
        return strawberry.type(cls, name=model.__name__, description=model.__doc__)

    return build


def described(model: Any, name: str) -> str:
    """What the model says of a field."""
    return str(model.model_fields[name].description)


def type_of(table: str, suffix: str = "Type") -> Any:
    """The type of another noun, which may be defined later."""
    name = "".join(part.capitalize() for part in table.split("_")) + suffix
    return Annotated[name, strawberry.lazy(f"schema.{table}")]


def _column(model: Any, name: str) -> Any:
    info = model.model_fields[name]
    if uuid.UUID not in getattr(info.annotation, "__args__", (info.annotation,)):
        return strawberry.field(description=info.description, metadata={COLUMN: Column(name)})
    prefix = model.__tablename__

    def resolve(root: strawberry.Parent[Any]) -> strawberry.ID:
        return strawberry.ID(public_id(prefix, root.id))

    return strawberry.field(resolve, description=info.description, metadata={COLUMN: Column(name, prefix)})
