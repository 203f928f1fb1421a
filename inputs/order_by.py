"""Order input types: `orderBy: [{field: DUE_DATE, direction: DESC, nulls: LAST}, {project: {field: NAME}}]`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from inputs.declared_types import declare_type, declared_type
from inputs.dynamic_types import READ_TABLES, READS_OTHER_TABLES, definition, field, maybe
from inputs.nouns import plural, type_name
from models.relations import BelongsTo, Relation, get_relation
from queries.order import Direction, Nulls, Sort
from queries.read_tables import tables_of_relation
from services.core.errors import BadInput

MAX_PATH_LENGTH = 3

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


@strawberry.input(description="Sort by the number of objects in a list.")
class ListOrder:
    count: Direction = field(description="The sort direction.")


@dataclass(frozen=True)
class OrderSpec:
    """The relations of a model that an order input exposes, by their GraphQL names, with the names of their specs."""

    relations: Mapping[str, tuple[Relation, str]]


order_specs: dict[str, OrderSpec] = {}
"""Order specs by table name, or by alias for a restricted order of the same table. Each order input adds one."""


def order_input(
    model: Any,
    *columns: str,
    through: Iterable[str] = (),
    spec_name: str | None = None,
    graphql_name: str | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Any:
    """The `TaskOrder` of a model, which sorts by one of these columns, or through one of these relations.

    As filters, a model may have a second, restricted order under its own `spec_name`; `aliases` names the relations
    that use it.
    """
    spec_name, nouns = spec_name or model.__tablename__, plural(model.__tablename__)
    graphql_name = graphql_name or _order_name(spec_name)
    relations = {name: get_relation(model, name) for name in through}
    specs = {name: (aliases or {}).get(name, relation.table) for name, relation in relations.items()}
    order_field = _order_field(model, f"{graphql_name}Field", columns)
    namespace: dict[str, Any] = {
        "__annotations__": {
            "field": maybe(order_field) if relations else order_field,
            **{name: maybe(_relation_type(relation, specs[name])) for name, relation in relations.items()},
            "direction": Direction,
            "nulls": Nulls,
        },
        "field": field(description="The field to sort by.", **({"default": None} if relations else {})),
        **{
            name: field(description=_describe(relation), default=None, metadata=_metadata(relation))
            for name, relation in relations.items()
        },
        "direction": field(description="The sort direction of the field.", default=Direction.ASC),
        "nulls": field(description="The position of objects without a value.", default=Nulls.LAST),
    }
    description = f"One sort criterion for {nouns}: exactly one field{' or relation' if relations else ''}."
    input_type = strawberry.input(type(graphql_name, (), namespace), description=description)
    order_specs[spec_name] = OrderSpec({to_camel_case(name): (relations[name], specs[name]) for name in relations})
    definition(input_type).from_input = lambda _cls, value, _context: parse_sort(spec_name, value)
    return declare_type(_order_name(spec_name), input_type)


def order_type(table: str) -> Any:
    """A reference to the order of a table, which may be declared later."""
    return declared_type(_order_name(table))


def _order_name(spec_name: str) -> str:
    return f"{type_name(spec_name)}Order"


def _order_field(model: Any, name: str, columns: Iterable[str]) -> Any:
    order_field: Any = Enum(name, {column.upper(): column for column in columns})  # type: ignore[misc]
    strawberry.enum(order_field, description=f"The fields that {plural(model.__tablename__)} can be sorted by.")
    for value in definition(order_field).values:
        value.description = model.model_fields[value.value].description
    return order_field


def _relation_type(relation: Relation, spec_name: str) -> Any:
    return order_type(spec_name) if isinstance(relation, BelongsTo) else ListOrder


def _describe(relation: Relation) -> str:
    if isinstance(relation, BelongsTo):
        return f"{relation.description} Sorts by one of its values."
    return f"{relation.description} Sorts by their number."


def _metadata(relation: Relation) -> dict[str, Any]:
    return {READS_OTHER_TABLES: True, READ_TABLES: tables_of_relation(relation)}


def parse_sort(spec_name: str, value: Mapping[str, Any], path: tuple[BelongsTo, ...] = ()) -> Sort:
    """Parse one criterion; `path` leads to the object that has it. Raise BadInput if it is invalid."""
    if len(path) > MAX_PATH_LENGTH:
        raise BadInput(f"`orderBy` is nested too deeply: at most {MAX_PATH_LENGTH} relations.")
    spec, direction, nulls = order_specs[spec_name], value["direction"], value["nulls"]
    criteria = {name: part for name, part in value.items() if name not in {"direction", "nulls"} and part is not None}
    if len(criteria) != 1:
        names = ", ".join(f"`{name}`" for name in ("field", *spec.relations))
        raise BadInput(f"Each criterion of `orderBy` takes exactly one of {names}.")
    ((name, criterion),) = criteria.items()
    if name == "field":
        return Sort(criterion.value, direction, nulls, path)
    if (direction, nulls) != (Direction.ASC, Nulls.LAST):
        raise BadInput(f"In `orderBy`, pass the direction of `{name}` within `{name}`.")
    relation, related_spec_name = spec.relations[name]
    if isinstance(relation, BelongsTo):
        return parse_sort(related_spec_name, criterion, (*path, relation))
    return Sort("", criterion["count"], path=path, counted=relation)
