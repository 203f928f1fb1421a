"""Parses the inputs of aggregates. What depends on several arguments is checked in resolvers/groups.py."""

import datetime
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from strawberry.utils.str_converters import to_camel_case

from inputs.aggregate_columns import AggregateColumn, aggregate_columns
from inputs.filter_parser import FilterParser, parse_value, require_not_empty, require_not_null
from queries.calendar_units import UTC
from queries.filters import And, Compare, Condition
from queries.groups import AVG, COUNT_DISTINCT, KEY, MAX, MIN, ROW_COUNT, SUM, GroupKey, group_column
from queries.order import Sort
from services.core.errors import BadInput

_FUNCTIONS = {"countDistinct": COUNT_DISTINCT, "sum": SUM, "avg": AVG, "min": MIN, "max": MAX}
"""By their name in `having`."""


def parse_having(table: str, value: Mapping[str, Any]) -> Condition:
    """Parse the condition on groups; raise BadInput if it is too large or contains null."""
    return _HavingParser().parse_object(table, value, 1)


class _HavingParser(FilterParser):
    """Parses one condition on groups."""

    def parse_member(self, spec_name: str, name: str, value: Any, depth: int) -> Condition:  # noqa: ARG002
        """Parse the conditions on the values of one function."""
        require_not_empty(name, value)
        if name == "count":
            return And(tuple(self._compare(ROW_COUNT, value)))
        names = {to_camel_case(column): column for column in aggregate_columns(spec_name)}
        conditions: list[Condition] = []
        for graphql_name, operators in value.items():
            require_not_empty(graphql_name, require_not_null(graphql_name, operators))
            conditions += self._compare(group_column(_FUNCTIONS[name], names[graphql_name]), operators)
        return And(tuple(conditions))

    def _compare(self, name: str, operators: Mapping[str, Any]) -> Iterator[Condition]:
        for operator, value in operators.items():
            self.count_condition()
            yield Compare(name, operator, parse_value(require_not_null(operator, value), None, operator))


def parse_group_key(table: str, value: Mapping[str, Any]) -> GroupKey:
    """Parse what rows are grouped by; raise BadInput if unit or time zone do not fit the field."""
    column = aggregate_columns(table)[value["field"].value]
    name, unit, zone = value["field"].name, value.get("unit"), value.get("timeZone")
    is_time = column.type is datetime.datetime
    if is_time and unit is None:
        raise BadInput(f"`groupBy` by {name} requires a `unit`.")
    if unit is not None and column.type not in {datetime.date, datetime.datetime}:
        raise BadInput(f"`unit` in `groupBy` is for dates and points in time, which {name} is not.")
    if zone is not None and not is_time:
        raise BadInput(f"`timeZone` in `groupBy` is for points in time, which {name} is not.")
    if zone is not None and zone not in _known_zones():
        raise BadInput("`timeZone` in `groupBy` is unknown. Pass the name of a time zone, such as `Europe/Berlin`.")
    return GroupKey(column.name, unit, zone or UTC)


@cache
def _known_zones() -> frozenset[str]:
    """Return the names of the time zones, without those that depend on the machine or mean none."""
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def parse_group_sort(table: str, value: Mapping[str, Any]) -> Sort:
    """Parse a sort criterion of groups; raise BadInput if the field does not have the function."""
    function, member = value.get("function"), value.get("field")
    if (function == ROW_COUNT) is (member is not None):
        raise BadInput("`orderBy` of groups requires a `field`, unless `function` is COUNT, which has none.")
    if member is None:
        return Sort(ROW_COUNT, value["direction"], value["nulls"])
    if function is not None and not _has_function(aggregate_columns(table)[member.value], function):
        raise BadInput(f"`orderBy` of groups: {member.name} has no {function.name}.")
    return Sort(group_column(function or KEY, member.value), value["direction"], value["nulls"])


def _has_function(column: AggregateColumn, function: str) -> bool:
    if function in {SUM, AVG}:
        return column.is_number
    return function == COUNT_DISTINCT or column.is_comparable
