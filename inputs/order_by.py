"""Order input types: `orderBy: [{field: DUE_DATE, direction: DESC, nulls: LAST}]`."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry

from inputs.declared_types import declare_type, declared_type
from inputs.dynamic_types import definition, field
from inputs.nouns import plural, type_name
from queries.order import Direction, Nulls, Sort

strawberry.enum(Direction, description="The sort direction.")
strawberry.enum(Nulls, description="The position of objects without a value.")
_DESCRIPTIONS = {
    Direction.ASC: "Smallest or earliest first.",
    Direction.DESC: "Greatest or latest first.",
    Nulls.FIRST: "Before all other objects.",
    Nulls.LAST: "After all other objects.",
}
for _enum in (Direction, Nulls):
    for _value in definition(_enum).values:
        _value.description = _DESCRIPTIONS[_enum(_value.name)]


def order_input(model: Any, *columns: str) -> Any:
    """The `TaskOrder` of a model, which sorts by one of these columns."""
    model_name, nouns = model.__name__, plural(model.__tablename__)
    order_field: Any = Enum(f"{model_name}OrderField", {name.upper(): name for name in columns})  # type: ignore[misc]
    strawberry.enum(order_field, description=f"The fields that {nouns} can be sorted by.")
    for value in definition(order_field).values:
        value.description = model.model_fields[value.value].description

    namespace = {
        "__annotations__": {"field": order_field, "direction": Direction, "nulls": Nulls},
        "field": field(description="The field to sort by."),
        "direction": field(description="The sort direction.", default=Direction.ASC),
        "nulls": field(description="The position of objects without a value.", default=Nulls.LAST),
    }
    input_type = strawberry.input(
        type(f"{model_name}Order", (), namespace), description=f"One sort criterion for {nouns}."
    )
    definition(input_type).from_input = _to_sort
    return declare_type(f"{model_name}Order", input_type)


def order_type(table: str) -> Any:
    """A reference to the order of a table, which may be declared later."""
    return declared_type(f"{type_name(table)}Order")


def _to_sort(_cls: type, value: Mapping[str, Any], _context: Any) -> Sort:
    return Sort(value["field"].value, value["direction"], value["nulls"])
