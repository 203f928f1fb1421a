"""Inputs of aggregates: `groupBy: [{field: CREATED_AT, unit: WEEK}]`, `having: {sum: {total: {gt: "100"}}}` and
`orderBy: [{function: SUM, field: TOTAL, direction: DESC}]`.

They are built from the filter of a noun, so that every noun with a filter has them."""

from collections.abc import Mapping
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any

import strawberry

from inputs.aggregate_columns import AggregateColumn, aggregate_columns
from inputs.declared_types import declare_type, declared_type
from inputs.dynamic_types import definition, field, list_of
from inputs.filter_types import FieldTypes, build_condition_input
from inputs.group_parser import parse_group_key, parse_group_sort, parse_having
from inputs.nouns import plural, type_name
from inputs.scalar_filters import scalar_filter_type
from queries.calendar_units import CalendarUnit
from queries.groups import AVG, COUNT_DISTINCT, MAX, MIN, SUM
from queries.order import Direction, Nulls


class AggregateFunction(StrEnum):
    """A function of the values in a group."""

    COUNT = "row_count"
    COUNT_DISTINCT = COUNT_DISTINCT
    SUM = SUM
    AVG = AVG
    MIN = MIN
    MAX = MAX


_DESCRIPTIONS: dict[StrEnum, str] = {
    AggregateFunction.COUNT: "The number of objects; without a field.",
    AggregateFunction.COUNT_DISTINCT: "The number of different values.",
    AggregateFunction.SUM: "The sum of the numbers.",
    AggregateFunction.AVG: "The average of the numbers.",
    AggregateFunction.MIN: "The smallest or earliest value.",
    AggregateFunction.MAX: "The greatest or latest value.",
    CalendarUnit.DAY: "A day.",
    CalendarUnit.WEEK: "A week; it begins on Monday.",
    CalendarUnit.MONTH: "A month.",
}
strawberry.enum(AggregateFunction, description="A function of the values in a group.")
strawberry.enum(CalendarUnit, description="A unit of the calendar that objects are grouped by.")
for _enum in (AggregateFunction, CalendarUnit):
    for _value in definition(_enum).values:
        _value.description = _DESCRIPTIONS[_enum[_value.name]]


def declare_group_inputs(table: str) -> None:
    """Declare the inputs of the aggregates of a table whose filter is declared."""
    columns = aggregate_columns(table)
    field_enum = _field_enum(table, columns)
    _declare_group_by(table, field_enum)
    _declare_order(table, field_enum)
    _declare_having(table, columns)


_UNIT = "The unit of the groups: required for points in time, optional for dates, and refused for other fields."


def group_input_type(table: str, suffix: str) -> Any:
    """A reference to an input of the aggregates of a table: `GroupBy`, `AggregateOrder` or `Having`."""
    return declared_type(f"{type_name(table)}{suffix}")


def _field_enum(table: str, columns: Mapping[str, AggregateColumn]) -> Any:
    name = f"{type_name(table)}AggregateField"
    field_enum: Any = Enum(name, {column.upper(): column for column in columns})  # type: ignore[misc]
    strawberry.enum(field_enum, description=f"The fields of {plural(table)} that can be grouped by or aggregated.")
    for value in definition(field_enum).values:
        value.description = columns[value.value].description
    return field_enum


def _declare_group_by(table: str, field_enum: Any) -> None:
    namespace = {
        "__annotations__": {"field": field_enum, "unit": CalendarUnit | None, "time_zone": str | None},
        "field": field(description="The field whose values the groups have."),
        "unit": field(description=_UNIT, default=None),
        "time_zone": field(
            description="For points in time: the time zone of the unit, such as `Europe/Berlin`. Default: UTC.",
            default=None,
        ),
    }
    _declare_input(table, "GroupBy", namespace, f"What {plural(table)} are grouped by.", parse_group_key)


def _declare_order(table: str, field_enum: Any) -> None:
    types = (AggregateFunction | None, field_enum | None, Direction, Nulls)
    namespace = {
        "__annotations__": dict(zip(("function", "field", "direction", "nulls"), types, strict=True)),
        "function": field(
            description="The function to sort by. If omitted, the groups are sorted by their key.", default=None
        ),
        "field": field(
            description="The field of the function or of the key. COUNT has none; otherwise it is required.",
            default=None,
        ),
        "direction": field(description="The sort direction.", default=Direction.ASC),
        "nulls": field(description="The position of groups without a value.", default=Nulls.LAST),
    }
    _declare_input(
        table, "AggregateOrder", namespace, f"One sort criterion for groups of {plural(table)}.", parse_group_sort
    )


def _declare_input(table: str, suffix: str, namespace: dict[str, Any], description: str, parse: Any) -> None:
    name = f"{type_name(table)}{suffix}"
    input_type = strawberry.input(type(name, (), namespace), description=description)
    definition(input_type).from_input = lambda _cls, value, _context: parse(table, value)
    declare_type(name, input_type)


def _declare_having(table: str, columns: Mapping[str, AggregateColumn]) -> None:
    name, nouns = f"{type_name(table)}Having", plural(table)
    having = declared_type(name)
    count_filter = scalar_filter_type(int)
    counts = {column.name: (count_filter, column.description) for column in columns.values()}
    fields: FieldTypes = {
        "count": (count_filter, f"The number of {nouns} in the group."),
        "count_distinct": (_values_input(table, "Counts", counts), "The number of different values of a field."),
        **_number_conditions(table, columns),
        **_value_conditions(table, columns),
        "and_": (list_of(having), "All of these conditions must match."),
        "or_": (list_of(having), "At least one of these conditions must match."),
        "not_": (having, "This condition must not match."),
    }
    description = f"A condition on groups of {nouns}. All of its parts must match."
    input_type = build_condition_input(type(name, (), {}), name, description, fields)
    definition(input_type).from_input = lambda _cls, value, _context: parse_having(table, value)
    declare_type(name, input_type)


def _number_conditions(table: str, columns: Mapping[str, AggregateColumn]) -> FieldTypes:
    number_filter = scalar_filter_type(Decimal)
    numbers = {name: (number_filter, column.description) for name, column in columns.items() if column.is_number}
    if not numbers:
        return {}
    input_type = _values_input(table, "Numbers", numbers)
    return {"sum": (input_type, "The sum of a field."), "avg": (input_type, "The average of a field.")}


def _value_conditions(table: str, columns: Mapping[str, AggregateColumn]) -> FieldTypes:
    values: FieldTypes = {
        name: (scalar_filter_type(column.type), column.description)
        for name, column in columns.items()
        if column.is_comparable
    }
    if not values:
        return {}
    input_type = _values_input(table, "Values", values)
    return {
        "min": (input_type, "The smallest value of a field."),
        "max": (input_type, "The greatest value of a field."),
    }


def _values_input(table: str, suffix: str, fields: FieldTypes) -> Any:
    name = f"{type_name(table)}Having{suffix}"
    description = f"Conditions on values of groups of {plural(table)}. All of them must hold."
    return build_condition_input(type(name, (), {}), name, description, fields)
