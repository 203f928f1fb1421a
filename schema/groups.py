"""The field `aggregate` of connections, and its types: `TaskAggregate { groups { key { status } count } }`.

Like the inputs, they are built from the filter of a noun. The groups are rows of a statement, whose columns have the
names that queries/groups.py describes; only columns that an operation selects are computed. The parts of a group, such
as `key` and `sum`, read the same row."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from inspect import Parameter
from typing import Any

import strawberry

from executor import EXECUTOR_EXTENSION, AttributeField, BatchedField, PrefixSerializer
from inputs.aggregate_columns import AggregateColumn, aggregate_columns
from inputs.dynamic_types import field, list_of
from inputs.filter_types import where_type
from inputs.group_types import declare_group_inputs, group_input_type
from inputs.nouns import plural, type_name
from queries.groups import AVG, COUNT_DISTINCT, KEY, MAX, MIN, ROW_COUNT, SUM, group_column
from queries.lists import Projection
from resolvers.connection import DEFAULT_PAGE_SIZE
from resolvers.groups import load_groups
from resolvers.relations import load_related
from schema.arguments import optional_parameter
from schema.cost import GROUPS_COST
from schema.derive import is_long, lazy_type
from schema.fields import attribute_field, batched_field
from schema.sources import READS_PARENT_ONLY, related_rows

Fields = dict[str, Any]
Columns = Mapping[str, AggregateColumn]
NO_ATTRIBUTES: frozenset[str] = frozenset()
"""The fields of a connection, and the parts of a group, read no attribute of their parent."""


def aggregate_field(table: str) -> Any:
    """The field that aggregates the rows of a connection of this table. It declares the inputs, too."""
    declare_group_inputs(table)
    columns = aggregate_columns(table)
    all_names = _all_names(columns)

    def load(context: Any, connections: Any, arguments: Any, projection: Projection = None) -> Any:
        return load_groups(context, connections, arguments, all_names if projection is None else projection & all_names)

    return batched_field(
        BatchedField(load, needs_projection=True, parent_attributes=NO_ATTRIBUTES),
        _aggregate_type(table, columns),
        f"Aggregates of all {plural(table)} in the list, by group.",
        _parameters(table),
        metadata=GROUPS_COST | READS_PARENT_ONLY,
    )


def _parameters(table: str) -> list[Parameter]:
    keys, order = (list_of(group_input_type(table, suffix)) for suffix in ("GroupBy", "AggregateOrder"))
    having = group_input_type(table, "Having")
    return [
        optional_parameter(
            "where", where_type(table), f"Aggregate only {plural(table)} that match this filter, too. Default: all."
        ),
        optional_parameter(
            "group_by", keys, "The fields to group by, at most 5. Default: none, so that all are one group."
        ),
        optional_parameter("having", having, "Return only groups that match this condition. Default: all groups."),
        optional_parameter("order_by", order, "The order of the groups. Default: by their keys."),
        optional_parameter("first", int, "The number of groups: at most 100.", default=DEFAULT_PAGE_SIZE),
        optional_parameter("offset", int, "The number of groups to skip: at most 10,000.", default=0),
    ]


def _all_names(columns: Columns) -> frozenset[str]:
    numbers, values = _numbers(columns), _comparable(columns)
    columns_of = {KEY: columns, COUNT_DISTINCT: columns, SUM: numbers, AVG: numbers, MIN: values, MAX: values}
    return frozenset(group_column(function, name) for function, names in columns_of.items() for name in names) | {
        ROW_COUNT
    }


def _numbers(columns: Columns) -> Columns:
    return {name: column for name, column in columns.items() if column.is_number}


def _comparable(columns: Columns) -> Columns:
    return {name: column for name, column in columns.items() if column.is_comparable}


def _aggregate_type(table: str, columns: Columns) -> Any:
    fields: Fields = {
        "__annotations__": {"groups": list_of(_group_type(table, columns)), "has_more": bool},
        "groups": field(
            description="The groups of this page.",
            metadata={EXECUTOR_EXTENSION: AttributeField("groups", forwards_projection=True)},
        ),
        "has_more": field(description="Whether there are groups after this page."),
    }
    return _build_type(table, "Aggregate", fields, f"Aggregates of {plural(table)}.")


def _group_type(table: str, columns: Columns) -> Any:
    nouns = plural(table)
    fields: Fields = {
        "key": _part(_key_type(table, columns), "The values that the group has in common."),
        "count": attribute_field(AttributeField(ROW_COUNT), int, f"The number of {nouns}."),
        "count_distinct": _part(
            _values_type(table, "DistinctCounts", COUNT_DISTINCT, columns), "The number of different values of a field."
        ),
    }
    if numbers := _numbers(columns):
        fields["sum"] = _part(_values_type(table, "Sums", SUM, numbers), "The sum of a field; null without values.")
        fields["avg"] = _part(
            _values_type(table, "Averages", AVG, numbers),
            "The average of a field, rounded half to even, with four decimal places more than the field has; "
            "null without values.",
        )
    if values := _comparable(columns):
        fields["min"] = _part(
            _values_type(table, "Minimums", MIN, values), "The smallest or earliest value of a field."
        )
        fields["max"] = _part(_values_type(table, "Maximums", MAX, values), "The greatest or latest value of a field.")
    return _build_type(table, "AggregateGroup", fields, f"A group of {nouns}.")


def _part(part_type: Any, description: str) -> Any:
    """A field that returns the row of the group, with the fields of another type."""
    part = BatchedField(_same_rows, is_sync=True, parent_attributes=NO_ATTRIBUTES, forwards_projection=True)
    return batched_field(part, part_type, description, metadata=READS_PARENT_ONLY)


def _same_rows(_context: Any, groups: Sequence[Any], _arguments: Any) -> Sequence[Any]:
    return groups


def _key_type(table: str, columns: Columns) -> Any:
    fields: Fields = {}
    for name, column in columns.items():
        if column.relation is not None:
            fields[column.relation[0]] = _related_row(column)
        fields[name] = _key_field(column)
    description = f"What the {plural(table)} of a group have in common; null for fields that they are not grouped by."
    return _build_type(table, "AggregateKey", fields, description)


def _key_field(column: AggregateColumn) -> Any:
    prefix = column.referenced_table
    serializer = PrefixSerializer(f"{prefix}_", "hex") if prefix else None
    declaration = AttributeField(group_column(KEY, column.name), serializer, is_long=is_long(column.model, column.name))
    if column.type is datetime.datetime:
        description = f"{column.description} Given as the first day of its unit."
        return attribute_field(declaration, datetime.date | None, description)
    return attribute_field(declaration, column.type | None, column.description)


def _related_row(column: AggregateColumn) -> Any:
    assert column.relation is not None
    _, relation = column.relation
    key = replace(relation, fk=group_column(KEY, relation.fk))

    def load(context: Any, groups: Any, _arguments: Any, projection: Projection = None) -> Any:
        return load_related(context, key, groups, projection)

    batched = BatchedField(load, needs_projection=True, parent_attributes=frozenset([key.fk]))
    metadata = related_rows(relation)
    return batched_field(batched, lazy_type(relation.table) | None, relation.description, metadata=metadata)


def _values_type(table: str, suffix: str, function: str, columns: Columns) -> Any:
    fields = {
        name: attribute_field(
            AttributeField(
                group_column(function, name), is_long=is_long(column.model, name) and function in {MIN, MAX}
            ),
            _VALUE_TYPES.get(function, column.type | None),
            column.description,
        )
        for name, column in columns.items()
    }
    return _build_type(table, suffix, fields, f"{_DESCRIPTIONS[function]} of the fields of a group of {plural(table)}.")


_VALUE_TYPES: dict[str, Any] = {COUNT_DISTINCT: int, SUM: Decimal | None, AVG: Decimal | None}
_DESCRIPTIONS = {
    COUNT_DISTINCT: "The numbers of different values",
    SUM: "The sums",
    AVG: "The averages",
    MIN: "The smallest values",
    MAX: "The greatest values",
}


def _build_type(table: str, suffix: str, fields: Fields, description: str) -> Any:
    name = f"{type_name(table)}{suffix}"
    return strawberry.type(type(name, (), fields), description=description)
