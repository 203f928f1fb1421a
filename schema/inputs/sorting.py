"""Orders: `orderBy: [{field: DUE_DATE, direction: DESC, nulls: LAST}]`."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry

from queries.order import Direction, Nulls, Sort
from schema.inputs.build import definition, field

strawberry.enum(Direction, description="Which way a list is sorted.")
strawberry.enum(Nulls, description="Where objects without a value go.")
_WORDS = {
    Direction.ASC: "Smallest, earliest or lowest first.",
    Direction.DESC: "Greatest, latest or highest first.",
    Nulls.FIRST: "Before all others.",
    Nulls.LAST: "After all others.",
}
for _kind in (Direction, Nulls):
    for _value in definition(_kind).values:
        _value.description = _WORDS[_kind(_value.name)]


def order_input(model: Any, *names: str) -> Any:
    """The `TaskOrder` of a model: it can be sorted by these columns."""
    noun = model.__name__
    fields: Any = Enum(f"{noun}OrderField", {name.upper(): name for name in names})  # type: ignore[misc]
    strawberry.enum(fields, description=f"What {noun.lower()}s can be sorted by.")
    for value in definition(fields).values:
        value.description = model.model_fields[value.value].description

    parts = {
        "__annotations__": {"field": fields, "direction": Direction, "nulls": Nulls},
        "field": field(description="What to sort by."),
        "direction": field(description="Which way.", default=Direction.ASC),
        "nulls": field(description="Where objects without a value go.", default=Nulls.LAST),
    }
    cls = type(f"{noun}Order", (), parts)
    built = strawberry.input(cls, description=f"A column to sort {noun.lower()}s by.")
    definition(built).from_input = _sort
    return built


def _sort(_cls: type, value: Mapping[str, Any], _context: Any) -> Sort:
    return Sort(value["field"].value, value["direction"], value["nulls"])
